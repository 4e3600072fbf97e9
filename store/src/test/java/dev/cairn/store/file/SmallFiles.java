package dev.cairn.store.file;

import dev.cairn.store.DeviceSection;
import dev.cairn.store.io.MemoryDirectory;
import dev.cairn.store.io.StoreOutput;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Files of four pages: what a fuzzer begins with. */
public final class SmallFiles {
  private static final int PAGE = 512;

  private SmallFiles() {}

  /** Returns a base image, holes included. */
  public static byte[] base() throws IOException {
    return write(TestFiles.header(FileKind.BASE, 0, 0, PAGE), FrameCodec.PLAIN);
  }

  /** Returns a layer whose frames are compressed where that is of use. */
  public static byte[] layer(FrameCodec codec) throws IOException {
    return write(TestFiles.header(FileKind.LAYER, 1, 1, PAGE), codec);
  }

  /** Returns a page file of a frame of either codec. */
  public static byte[] pages() throws IOException {
    FileHeader header = TestFiles.header(FileKind.PAGES, 1, 1, PAGE);
    MemoryDirectory directory = MemoryDirectory.create();
    try (Arena arena = Arena.ofConfined();
        StoreOutput out = directory.create(header.name().text());
        PagesWriter writer = new PagesWriter(header, out)) {
      MemorySegment page = arena.allocate(PAGE, 64).copyFrom(MemorySegment.ofArray(content(2)));
      for (FrameCodec codec : List.of(FrameCodec.LZ4, FrameCodec.ZSTD)) {
        try (FrameEncoder encoder = new FrameEncoder(codec, PAGE)) {
          MemorySegment frame = encoder.encode(page);
          writer.add(encoder.kind(page, frame), frame);
        }
      }
      writer.seal();
    }
    return BytesInput.all(directory.open(header.name().text()));
  }

  /** Returns a page file of a plain base, a compressed one, and a difference from each. */
  public static byte[] differences() throws IOException {
    FileHeader header =
        TestFiles.header(FileKind.PAGES, 1, 1, PAGE).withVersion(FileHeader.DIFFERENCES_VERSION);
    MemoryDirectory directory = MemoryDirectory.create();
    try (Arena arena = Arena.ofConfined();
        StoreOutput out = directory.create(header.name().text());
        PagesWriter writer = new PagesWriter(header, out);
        FrameEncoder zstd = new FrameEncoder(FrameCodec.ZSTD, PAGE);
        DifferenceEncoder differences = new DifferenceEncoder(PAGE)) {
      for (int i = 1; i < 3; i++) {
        MemorySegment page = arena.allocate(PAGE, 64).copyFrom(MemorySegment.ofArray(content(i)));
        MemorySegment whole = zstd.encode(page);
        int kind = zstd.kind(page, whole);
        long offset = writer.add(kind, whole);
        int stored = kind == Address.PLAIN ? 0 : (int) whole.byteSize();
        differences.setBase(page, new Crc().of(page), Address.of(kind, 0, offset, stored));
        page.set(ValueLayout.JAVA_BYTE, 7, (byte) 7);
        writer.add(Address.DIFFERENCE, differences.encode(page, 2 * PAGE).orElseThrow());
      }
      writer.seal();
    }
    return BytesInput.all(directory.open(header.name().text()));
  }

  private static byte[] write(FileHeader header, FrameCodec codec) throws IOException {
    MemoryDirectory directory = MemoryDirectory.create();
    PointLayout layout = TestFiles.layout(4 * PAGE, PAGE);
    boolean whole = header.name().kind() == FileKind.BASE;
    DrawnTable drawn = new DrawnTable();
    try (Arena arena = Arena.ofConfined();
        StoreOutput out = directory.create(header.name().text());
        LayerWriter writer =
            whole
                ? LayerWriter.base(header, directory, out, layout)
                : LayerWriter.layer(header, directory, out, codec)) {
      MemorySegment page = arena.allocate(PAGE, 64);
      for (int i = whole ? 1 : 0; i < 4; i++) {
        page.copyFrom(MemorySegment.ofArray(content(i)));
        writer.add(0, i, page);
      }
      byte[] state = new byte[300];
      Arrays.fill(state, (byte) 7);
      List<StoredSection> sections = new ArrayList<>();
      sections.add(writer.addSection(new DeviceSection("machine", 1, new byte[] {1, 2, 3})));
      sections.add(writer.addSection(new DeviceSection("devices", 2, state)));
      Point point = TestFiles.point(header, layout, sections).withLabel("small");
      writer.seal(point, drawn.entries());
    }
    return BytesInput.all(directory.open(header.name().text()));
  }

  /** Nothing, noise, and what a codec shortens. */
  private static byte[] content(int i) {
    byte[] bytes = i == 1 ? TestFiles.noise(i, PAGE) : new byte[PAGE];
    if (i > 1) {
      Arrays.fill(bytes, (byte) i);
    }
    return bytes;
  }
}
