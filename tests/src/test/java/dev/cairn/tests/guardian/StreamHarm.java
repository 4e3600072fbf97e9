package dev.cairn.tests.guardian;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * What is wrong with a stream, by its beginning: all up to the end of the first section of RAM.
 * Immutable.
 *
 * @param told a word of what a person is told
 * @param cut bytes of the beginning that do not come, and nothing behind them; -1: all comes
 */
record StreamHarm(String name, String told, Edit edit, More more, int cut) {
  /** Returns all that is tried. */
  static List<StreamHarm> all() {
    return List.of(
        edited("another magic", "magic", (head, _) -> head[0] ^= 1),
        cut("cut in the table", 20),
        cut("cut behind the table", 0),
        edited("a sum that is not", "RAM block", (head, b) -> b.putLong(table(head), 1L << 40 | 4)),
        edited(
            "more RAM than there is",
            "ram size",
            (head, bytes) ->
                bytes.putLong(table(head), 1L << 50 | 4).putLong(firstLength(head), 1L << 50)),
        followed(
            "an unknown section",
            "dirty-bitmap",
            (out, _, _) -> {
              out.writeByte(1);
              out.writeInt(77);
              text(out, "dirty-bitmap");
              out.writeInt(0);
              out.writeInt(1);
            }),
        followed(
            "a command of postcopy",
            "POSTCOPY_LISTEN",
            (out, _, _) -> {
              out.writeByte(8);
              out.writeShort(4);
              out.writeShort(0);
            }),
        pages("a page twice", "each page once", new Zero(0, ""), new Zero(0, "+")),
        pages("a block renamed", "moved.ram", new Zero(0, ""), new Zero(4096, "moved.ram")),
        pages("a page beyond its block", "an offset below", new Zero(1L << 45, "")));
  }

  /** Changes bytes where they are. */
  interface Edit {
    void of(byte[] head, ByteBuffer fields);
  }

  /** Says something behind them. */
  interface More {
    void write(DataOutputStream out, byte[] head, int ram) throws IOException;
  }

  /**
   * A page of zeros in a section of RAM.
   *
   * @param block its name; empty: the first one; +: that of the page before
   */
  private record Zero(long offset, String block) {}

  private static StreamHarm edited(String name, String told, Edit edit) {
    return new StreamHarm(name, told, edit, (_, _, _) -> {}, -1);
  }

  private static StreamHarm followed(String name, String told, More more) {
    return new StreamHarm(name, told, (_, _) -> {}, more, -1);
  }

  private static StreamHarm cut(String name, int bytes) {
    return new StreamHarm(name, "fd:cairn", (_, _) -> {}, (_, _, _) -> {}, bytes);
  }

  private static StreamHarm pages(String name, String told, Zero... pages) {
    return followed(name, told, (out, head, ram) -> part(out, head, ram, pages));
  }

  /**
   * Does it.
   *
   * @param head that it may keep
   * @param ram number of its section
   */
  byte[] of(byte[] head, int ram) throws IOException {
    edit.of(head, ByteBuffer.wrap(head));
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.write(head, 0, head.length - Math.max(0, cut));
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      more.write(out, head, ram);
    }
    return bytes.toByteArray();
  }

  /** Tells whether that is all that comes. */
  boolean cuts() {
    return cut >= 0;
  }

  /** Returns where MEM_SIZE stands: behind name, instance and version. */
  private static int table(byte[] head) {
    return HarmedStream.nameOfRam(head) + 4 + 8;
  }

  private static String firstBlock(byte[] head) {
    int at = table(head) + 8;
    return new String(head, at + 1, head[at], StandardCharsets.US_ASCII);
  }

  private static int firstLength(byte[] head) {
    int at = table(head) + 8;
    return at + 1 + head[at];
  }

  private static void part(DataOutputStream out, byte[] head, int ram, Zero... pages)
      throws IOException {
    out.writeByte(2);
    out.writeInt(ram);
    for (Zero page : pages) {
      boolean same = page.block.equals("+");
      out.writeLong(page.offset | (same ? 0x22 : 2));
      if (!same) {
        text(out, page.block.isEmpty() ? firstBlock(head) : page.block);
      }
      out.writeByte(0);
    }
  }

  private static void text(DataOutputStream out, String text) throws IOException {
    out.writeByte(text.length());
    out.writeBytes(text);
  }
}
