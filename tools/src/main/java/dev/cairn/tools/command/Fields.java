package dev.cairn.tools.command;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Fields of an object for machines, in the order in which they are printed: {@link Map#of} has one
 * of its own in each process, and then two runs that say the same differ. Not thread-safe.
 */
final class Fields {
  private final Map<String, Object> fields = new LinkedHashMap<>();

  private Fields() {}

  static Fields of(String name, @Nullable Object value) {
    return new Fields().and(name, value);
  }

  Fields and(String name, @Nullable Object value) {
    fields.put(name, value);
    return this;
  }

  Map<String, Object> map() {
    return fields;
  }
}
