package dev.cairn.tests.history;

import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Writes steps as lines of code that a test can be made of. */
final class Code {
  private Code() {}

  /** Returns one line a step. */
  static String lines(List<Op> ops) {
    StringBuilder lines = new StringBuilder();
    ops.forEach(op -> lines.append("  ").append(of(op)).append(",\n"));
    return lines.toString();
  }

  private static String of(Object value) {
    return switch (value) {
      case String s -> "\"" + s + "\"";
      case Long n -> n + "L";
      case Enum<?> e -> e.getDeclaringClass().getSimpleName() + "." + e.name();
      case List<?> list -> "List.of(" + joined(list) + ")";
      case Set<?> set -> "Set.of(" + joined(List.copyOf(set)) + ")";
      case Record r -> record(r);
      default -> value.toString();
    };
  }

  private static String joined(List<?> values) {
    return String.join(", ", values.stream().map(Code::of).toList());
  }

  private static String record(Record record) {
    List<Object> values = new ArrayList<>();
    for (RecordComponent component : record.getClass().getRecordComponents()) {
      try {
        component.getAccessor().setAccessible(true);
        values.add(component.getAccessor().invoke(record));
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException(e);
      }
    }
    Class<?> outer = record.getClass().getDeclaringClass();
    String prefix = outer == null ? "" : outer.getSimpleName() + ".";
    return "new " + prefix + record.getClass().getSimpleName() + "(" + joined(values) + ")";
  }
}
