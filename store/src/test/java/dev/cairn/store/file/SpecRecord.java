package dev.cairn.store.file;

import java.util.Arrays;
import java.util.HexFormat;

/** A record of a file as a table of FORMAT.md lays it out; knows no code of Cairn. Immutable. */
final class SpecRecord {
  private final SpecTables spec;
  private final String table;
  private final byte[] file;
  private final long at;

  SpecRecord(SpecTables spec, String table, byte[] file, long at) {
    this.spec = spec;
    this.table = table;
    this.file = file;
    this.at = at;
  }

  /** Returns a field of at most eight bytes, as a little-endian number. */
  long number(String field) {
    SpecTables.Field f = spec.field(table, field);
    return number(file, at + f.offset(), f.bytes());
  }

  int count(String field) {
    return Math.toIntExact(number(field));
  }

  /** Returns a field's bytes as digits, in the order in which they lie. */
  String hex(String field) {
    SpecTables.Field f = spec.field(table, field);
    int from = (int) at + f.offset();
    return HexFormat.of().formatHex(Arrays.copyOfRange(file, from, from + f.bytes()));
  }

  /** Returns the offset of what follows the record. */
  long end() {
    return at + spec.length(table);
  }

  static long number(byte[] file, long at, int bytes) {
    if (bytes > 8) {
      throw new AssertionError(bytes + " bytes are no number");
    }
    long value = 0;
    for (int i = bytes - 1; i >= 0; i--) {
      value = (value << 8) | (file[(int) at + i] & 0xff);
    }
    return value;
  }
}
