package dev.cairn.tools.migration;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Bytes of a stream, made by hand: what the writer would never write, too. Not thread-safe. */
final class MadeStream {
  /** Id of the RAM section, one of the devices' is 1. */
  static final int ID = 2;

  static final int PAGE = 4096;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  byte[] bytes() {
    return out.toByteArray();
  }

  int length() {
    return out.size();
  }

  MadeStream u8(int... values) {
    for (int value : values) {
      out.write(value);
    }
    return this;
  }

  MadeStream be16(int value) {
    out.writeBytes(ByteBuffer.allocate(2).putShort((short) value).array());
    return this;
  }

  MadeStream be32(long value) {
    out.writeBytes(ByteBuffer.allocate(4).putInt((int) value).array());
    return this;
  }

  MadeStream be64(long value) {
    out.writeBytes(ByteBuffer.allocate(8).putLong(value).array());
    return this;
  }

  MadeStream raw(byte[] bytes) {
    out.writeBytes(bytes);
    return this;
  }

  MadeStream text(String text) {
    return raw(text.getBytes(StandardCharsets.UTF_8));
  }

  MadeStream name(String name) {
    return u8(name.getBytes(StandardCharsets.UTF_8).length).text(name);
  }

  MadeStream head() {
    return be32(StreamWords.MAGIC).be32(3).u8(7).be32(2).text("pc");
  }

  MadeStream capabilities(String... names) {
    u8(5).name("configuration/capabilities").be32(1).be32(names.length);
    for (String name : names) {
      name(name);
    }
    return this;
  }

  MadeStream start() {
    return u8(1).be32(ID).name("ram").be32(0).be32(4);
  }

  /** The word before a block table. */
  MadeStream size(long bytes) {
    return be64(bytes | 4);
  }

  MadeStream block(String name, long length) {
    return name(name).be64(length);
  }

  MadeStream eos() {
    return be64(0x10).u8(0x7e).be32(ID);
  }

  /** SECTION_START of block a of 100 pages and b of 3. */
  MadeStream table() {
    return start().size(103 * PAGE).block("a", 100 * PAGE).block("b", 3 * PAGE).eos();
  }

  MadeStream part() {
    return u8(2).be32(ID);
  }

  MadeStream end() {
    return u8(3).be32(ID);
  }

  MadeStream page(String block, long page, int fill) {
    return be64(page * PAGE | 8).name(block).filled(fill);
  }

  MadeStream page(long page, int fill) {
    return be64(page * PAGE | 0x28).filled(fill);
  }

  private MadeStream filled(int fill) {
    byte[] content = new byte[PAGE];
    Arrays.fill(content, (byte) fill);
    return raw(content);
  }

  MadeStream zero(String block, long page) {
    return be64(page * PAGE | 2).name(block).u8(0);
  }

  MadeStream zero(long page) {
    return be64(page * PAGE | 0x22).u8(0);
  }

  MadeStream command(int command, byte... data) {
    return u8(8).be16(command).be16(data.length).raw(data);
  }

  /** Two sections, the second with a nested subsection, the closing EOF byte. */
  MadeStream devices() {
    return u8(4)
        .be32(1)
        .name("timer")
        .be32(0)
        .be32(2)
        .be64(7)
        .footer(1)
        .u8(4)
        .be32(9)
        .name("0000:00:02.0/x")
        .be32(1)
        .be32(3)
        .raw(new byte[24])
        .u8(5)
        .name("x/more")
        .be32(1)
        .be16(0x0006)
        .u8(5)
        .name("x/more/still")
        .be32(1)
        .footer(9)
        .u8(0);
  }

  MadeStream footer(int id) {
    return u8(0x7e).be32(id);
  }

  /** What QEMU would say of {@link #devices}. */
  static String description() {
    return """
        {"page_size": 4096, "configuration": {"fields": [{"size": 4}]}, "devices": [\
        {"name": "timer", "instance_id": 0, "version": 2, "fields": [\
        {"name": "t", "type": "int64", "size": 8}]}, \
        {"name": "0000:00:02.0/x", "instance_id": 1, "vmsd_name": "x", "version": 3, "fields": [\
        {"name": "a", "array_len": 4, "type": "struct", "struct": {"vmsd_name": "y", "fields": [\
        {"name": "b", "size": 4}]}, "size": 4}, \
        {"name": "c", "size": 8}], "subsections": [{"vmsd_name": "x/more", "version": 1, \
        "fields": [{"name": "d", "size": 2}], "subsections": [{"vmsd_name": "x/more/still", \
        "version": 1, "fields": []}]}]}]}""";
  }

  MadeStream description(String json) {
    return u8(6).be32(json.getBytes(StandardCharsets.UTF_8).length).text(json);
  }

  /** A whole stream, as QEMU 11 sends it: two rounds, a page in both. */
  static MadeStream whole() {
    return new MadeStream()
        .head()
        .command(1)
        .command(2, (byte) 0, (byte) 0, (byte) 0, (byte) 1)
        .table()
        .part()
        .page("a", 0, 1)
        .page(99, 2)
        .zero("b", 2)
        .eos()
        .part()
        .zero(1) // of b: CONTINUE goes over sections
        .page("a", 0, 3)
        .eos()
        .command(11)
        .end()
        .eos()
        .devices()
        .description(description());
  }
}
