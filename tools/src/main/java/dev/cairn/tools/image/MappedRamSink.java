package dev.cairn.tools.image;

import dev.cairn.chain.PageSink;
import dev.cairn.store.BadInputException;
import dev.cairn.store.DeviceState;
import dev.cairn.store.RamBlock;
import dev.cairn.store.RamLayout;
import dev.cairn.tools.migration.StreamReader;
import dev.cairn.tools.migration.StreamWords;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;
import org.jspecify.annotations.Nullable;

/**
 * Writes a mapped-ram file that QEMU starts from: blocks in the machine's order, each bitmap behind
 * its header, pages at multiples of 1 MiB, holes where pages are zero.
 */
public final class MappedRamSink implements PageSink {
  private static final long ALIGNMENT = 1 << 20;
  private static final int PAGE = StreamWords.PAGE;
  private static final int RAM_SECTION = 1;

  /**
   * A block and what was written of it.
   *
   * @param bitmap one bit a page
   */
  private record Placed(
      RamBlock ram, long bitmapOffset, long pagesOffset, AtomicLongArray bitmap) {}

  private final Path target;
  private final List<Placed> blocks = new ArrayList<>();
  private @Nullable NewFile file;
  private byte[] trailer = new byte[0];
  private long trailerAt;

  public MappedRamSink(Path target) {
    this.target = target;
  }

  @Override
  public void begin(RamLayout layout, DeviceState state) throws IOException {
    if (layout.pageSize() != PAGE) {
      throw ImageFile.bad(
          target, "page size", 0, PAGE, layout.pageSize(), "restore it --to raw:PATH instead");
    }
    byte[] configuration = section(state, StreamReader.CONFIGURATION);
    byte[] devices = section(state, StreamReader.DEVICES);
    byte[] description =
        state.find(StreamReader.DESCRIPTION).map(s -> s.content()).orElse(new byte[0]);
    NewFile opened = NewFile.create(target);
    file = opened;
    ByteArrayOutputStream head = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(head)) {
      out.writeInt((int) StreamWords.MAGIC);
      out.writeInt((int) StreamWords.VERSION);
      out.writeByte(StreamWords.CONFIGURATION);
      out.write(configuration);
      out.writeByte(StreamWords.SUBSECTION);
      name(out, StreamWords.CAPABILITIES);
      out.writeInt(1);
      out.writeInt(1);
      name(out, StreamWords.MAPPED_RAM);
      out.writeByte(StreamWords.SECTION_START);
      out.writeInt(RAM_SECTION);
      name(out, StreamWords.RAM);
      out.writeInt(0);
      out.writeInt((int) StreamWords.RAM_VERSION);
      out.writeLong(layout.totalBytes() | StreamWords.MEM_SIZE);
    }
    long at = 0;
    byte[] before = head.toByteArray();
    for (RamBlock ram : layout.blocks()) {
      at = place(opened, at, before, ram);
      before = new byte[0];
    }
    trailerAt = at;
    trailer = trailer(devices, description);
  }

  private byte[] section(DeviceState state, String name) throws BadInputException {
    return state
        .find(name)
        .orElseThrow(
            () ->
                ImageFile.bad(
                    target,
                    "device state of the point",
                    0,
                    "a section " + name + " from QEMU",
                    "none",
                    "restore it --to raw:PATH instead"))
        .content();
  }

  private long place(NewFile out, long at, byte[] before, RamBlock ram) throws IOException {
    ByteArrayOutputStream header = new ByteArrayOutputStream();
    long bitmapOffset;
    long pagesOffset;
    try (DataOutputStream data = new DataOutputStream(header)) {
      data.write(before);
      name(data, ram.name());
      data.writeLong(ram.length());
      data.writeInt(1);
      data.writeLong(PAGE);
      bitmapOffset = at + data.size() + 16;
      long end = bitmapOffset + MappedRamParser.bitmapBytes(ram);
      pagesOffset = (end + ALIGNMENT - 1) & -ALIGNMENT;
      data.writeLong(bitmapOffset);
      data.writeLong(pagesOffset);
    }
    out.write(at, MemorySegment.ofArray(header.toByteArray()));
    int words = (int) (MappedRamParser.bitmapBytes(ram) / 8);
    blocks.add(new Placed(ram, bitmapOffset, pagesOffset, new AtomicLongArray(words)));
    return pagesOffset + ram.length();
  }

  private static byte[] trailer(byte[] devices, byte[] description) throws IOException {
    ByteArrayOutputStream tail = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(tail)) {
      out.writeLong(StreamWords.EOS);
      footer(out);
      out.writeByte(StreamWords.SECTION_END);
      out.writeInt(RAM_SECTION);
      out.writeLong(StreamWords.EOS);
      footer(out);
      out.write(devices);
      if (description.length > 0) {
        out.writeByte(StreamWords.DESCRIPTION);
        out.writeInt(description.length);
        out.write(description);
      }
    }
    return tail.toByteArray();
  }

  private static void footer(DataOutputStream out) throws IOException {
    out.writeByte(StreamWords.FOOTER);
    out.writeInt(RAM_SECTION);
  }

  private static void name(DataOutputStream out, String name) throws IOException {
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    out.writeByte(bytes.length);
    out.write(bytes);
  }

  private NewFile file() {
    if (file == null) {
      throw new IllegalStateException("begin first");
    }
    return file;
  }

  @Override
  public void write(int block, long page, MemorySegment data) throws IOException {
    Placed placed = blocks.get(block);
    file().write(placed.pagesOffset + page * PAGE, data);
    long end = page + data.byteSize() / PAGE;
    while (page < end) {
      int word = (int) (page >>> 6);
      long wordEnd = Math.min(end, (page | 63) + 1);
      long bits = (-1L >>> (64 - (wordEnd - page))) << (page & 63);
      placed.bitmap.getAndAccumulate(word, bits, (a, b) -> a | b);
      page = wordEnd;
    }
  }

  @Override
  public void finish() throws IOException {
    for (Placed placed : blocks) {
      ByteBuffer bytes =
          ByteBuffer.allocate(placed.bitmap.length() * 8).order(ByteOrder.LITTLE_ENDIAN);
      for (int i = 0; i < placed.bitmap.length(); i++) {
        bytes.putLong(placed.bitmap.get(i));
      }
      file().write(placed.bitmapOffset, MemorySegment.ofArray(bytes.array()));
    }
    file().write(trailerAt, MemorySegment.ofArray(trailer));
    file().finish();
  }

  @Override
  public void close() throws IOException {
    if (file != null) {
      file.close();
    }
  }
}
