package dev.cairn.store.file;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.store.CorruptFileException;
import dev.cairn.store.RefusedException;
import dev.cairn.store.io.MemoryDirectory;
import dev.cairn.store.io.StoreDirectory;
import dev.cairn.store.io.StoreOutput;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Pages that are stored as differences: they read as they were, or are refused. */
class DifferencesTest {
  private static final int PAGE = 4096;
  private static final FileHeader PLAIN_HEADER = TestFiles.header(FileKind.PAGES, 1, 9, PAGE);
  private static final FileHeader HEADER = PLAIN_HEADER.withVersion(FileHeader.DIFFERENCES_VERSION);

  private final StoreDirectory directory = MemoryDirectory.create();
  private final Arena arena = Arena.ofAuto();

  /** A frame that was written, and the page that it must become. */
  private record Frame(long address, int crc, MemorySegment page) {
    byte[] bytes() {
      return page.toArray(ValueLayout.JAVA_BYTE);
    }
  }

  /** Compresses by half, and is another one for each seed. */
  private static byte[] content(int seed) {
    byte[] bytes = TestFiles.noise(seed, PAGE);
    Arrays.fill(bytes, PAGE / 2, PAGE, (byte) 1);
    return bytes;
  }

  private static byte[] changed(byte[] page, int from, int count) {
    byte[] bytes = page.clone();
    for (int i = from; i < from + count; i++) {
      bytes[i] ^= (byte) (i + 7);
    }
    return bytes;
  }

  private MemorySegment segment(byte[] bytes) {
    return arena.allocate(bytes.length, 64).copyFrom(MemorySegment.ofArray(bytes));
  }

  private static int crc(byte[] page) {
    return new Crc().of(MemorySegment.ofArray(page));
  }

  private static long add(PagesWriter writer, int kind, MemorySegment frame) throws IOException {
    long offset = writer.add(kind, frame);
    return Address.of(kind, 0, offset, kind == Address.PLAIN ? 0 : (int) frame.byteSize());
  }

  /** Pages that all have a whole version and three differences from it, one after another. */
  private List<Frame> write(FrameCodec codec, int pages) throws IOException {
    List<Frame> frames = new ArrayList<>();
    try (StoreOutput out = directory.create(HEADER.name().text());
        PagesWriter writer = new PagesWriter(HEADER, out);
        FrameEncoder whole = new FrameEncoder(codec, PAGE);
        DifferenceEncoder differences = new DifferenceEncoder(PAGE)) {
      for (int page = 0; page < pages; page++) {
        byte[] base = content(page);
        MemorySegment plain = segment(base);
        MemorySegment stored = whole.encode(plain);
        long address = add(writer, whole.kind(plain, stored), stored);
        frames.add(new Frame(address, crc(base), plain));
        differences.setBase(plain, crc(base), address);
        for (int i = 0; i < 3; i++) {
          byte[] later = changed(base, 100 * i, 1 + 20 * i);
          MemorySegment difference =
              differences.encode(segment(later), stored.byteSize()).orElseThrow();
          frames.add(
              new Frame(add(writer, Address.DIFFERENCE, difference), crc(later), segment(later)));
        }
      }
      writer.seal();
    }
    return frames;
  }

  private OpenFile open() throws IOException {
    return OpenFile.open(HEADER.name(), directory.open(HEADER.name().text()));
  }

  @ParameterizedTest
  @EnumSource
  void everyVersionReadsAsItWasAlone(FrameCodec codec) throws IOException {
    List<Frame> frames = write(codec, 20);
    try (OpenFile file = open();
        FrameReader reader = new FrameReader(PAGE)) {
      assertTrue(file.header().mayHaveDifferences());
      for (Frame frame : frames) {
        MemorySegment stored = reader.read(file, frame.address, frame.crc);
        assertEquals(Address.storedBytes(frame.address, PAGE), stored.byteSize());
        assertArrayEquals(frame.bytes(), reader.page().toArray(ValueLayout.JAVA_BYTE));
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void everyVersionReadsAsItWasInAWindow(FrameCodec codec) throws IOException {
    List<Frame> frames = write(codec, 20);
    MemorySegment window = arena.allocate((long) frames.size() * PAGE, 64);
    try (OpenFile file = open();
        PageReader reader = new PageReader(PAGE, arena)) {
      reader.begin();
      for (int i = 0; i < frames.size(); i++) {
        reader.want(file, frames.get(i).address, frames.get(i).crc, i);
      }
      reader.readInto(window);
    }
    for (int i = 0; i < frames.size(); i++) {
      assertArrayEquals(
          frames.get(i).bytes(),
          window.asSlice((long) i * PAGE, PAGE).toArray(ValueLayout.JAVA_BYTE),
          "frame " + i);
    }
  }

  /** What lies just before a frame is read with it: mostly its base is there. */
  @Test
  void aPageCostsOneReadAndAtMostOneMore() throws IOException {
    List<Frame> packed = write(FrameCodec.ZSTD, 20);
    assertEquals(1, readsOf(packed.get(41)), "its base is 3 KiB before");
    directory.delete(HEADER.name().text());
    List<Frame> plain = write(FrameCodec.PLAIN, 20);
    assertEquals(2, readsOf(plain.get(43)), "its base ends just before, but is long");
  }

  private long readsOf(Frame frame) throws IOException {
    try (OpenFile file = open();
        PageReader reader = new PageReader(PAGE, arena)) {
      reader.begin();
      reader.want(file, frame.address, frame.crc, 0);
      reader.readInto(arena.allocate(PAGE, 64));
      return reader.reads();
    }
  }

  @Test
  void aDifferenceThatSavesLessThanAQuarterIsNotMade() {
    try (DifferenceEncoder differences = new DifferenceEncoder(PAGE)) {
      byte[] base = content(1);
      assertThrows(IllegalStateException.class, () -> differences.encode(segment(base), PAGE));
      differences.setBase(segment(base), crc(base), Address.of(Address.PLAIN, 0, PAGE));
      MemorySegment other = segment(TestFiles.noise(2, PAGE));
      assertEquals(Optional.empty(), differences.encode(other, PAGE));
      MemorySegment near = segment(changed(base, 0, 4));
      assertEquals(64, differences.encode(near, 128).orElseThrow().byteSize());
      assertEquals(Optional.empty(), differences.encode(near, 64), "it would save nothing");
      assertThrows(
          IllegalArgumentException.class,
          () -> differences.setBase(near, 0, Address.of(Address.DIFFERENCE, 0, PAGE, 64)));
    }
  }

  @Test
  void aFileOfVersion1TakesNoDifference() throws IOException {
    try (StoreOutput out = directory.create("x.tmp");
        PagesWriter writer = new PagesWriter(PLAIN_HEADER, out)) {
      assertThrows(
          IllegalArgumentException.class,
          () -> writer.add(Address.DIFFERENCE, arena.allocate(64, 64)));
    }
  }

  @Test
  void aWriterKnowsHowFarADifferenceReaches() throws IOException {
    try (StoreOutput out = directory.create("x.tmp");
        PagesWriter writer = new PagesWriter(HEADER, out)) {
      long base = writer.add(Address.PLAIN, segment(content(1)));
      for (int i = 0; i < 7; i++) {
        assertTrue(writer.reaches(base), i + " pages behind");
        writer.add(Address.PLAIN, segment(content(2)));
      }
      assertTrue(writer.reaches(base));
      writer.add(Address.ZSTD, arena.allocate(64, 64));
      assertFalse(writer.reaches(base));
    }
  }

  // ---- hostile ones

  /** Writes a plain page, then a difference from it that somebody has tampered with. */
  private CorruptFileException read(FileHeader header, Tampering tampering) throws IOException {
    byte[] base = content(1);
    byte[] later = changed(base, 5, 9);
    String name = header.name().text();
    long address;
    try (StoreOutput out = directory.create(name);
        PagesWriter writer = new PagesWriter(HEADER, out);
        DifferenceEncoder differences = new DifferenceEncoder(PAGE)) {
      long at = add(writer, Address.PLAIN, segment(base));
      differences.setBase(segment(base), crc(base), at);
      MemorySegment frame = differences.encode(segment(later), PAGE).orElseThrow();
      long first = add(writer, Address.DIFFERENCE, frame);
      differences.setBase(segment(base), crc(base), at);
      MemorySegment second = differences.encode(segment(later), PAGE).orElseThrow();
      tampering.of(second, first);
      address = add(writer, Address.DIFFERENCE, second);
      writer.seal();
    }
    if (!header.mayHaveDifferences()) {
      asVersion1(name);
    }
    try (OpenFile file = OpenFile.open(header.name(), directory.open(name));
        FrameReader alone = new FrameReader(PAGE);
        PageReader reader = new PageReader(PAGE, arena);
        PageReader unchecked = PageReader.unchecked(PAGE, arena)) {
      MemorySegment window = arena.allocate(PAGE, 64);
      unchecked.begin();
      unchecked.want(file, address, crc(later), 0);
      unchecked.readInto(window);
      assertFalse(Arrays.equals(later, window.toArray(ValueLayout.JAVA_BYTE)), "who compares");
      reader.begin();
      reader.want(file, address, crc(later), 0);
      CorruptFileException e =
          assertThrows(CorruptFileException.class, () -> reader.readInto(window));
      CorruptFileException same =
          assertThrows(CorruptFileException.class, () -> alone.read(file, address, crc(later)));
      assertEquals(e.getMessage(), same.getMessage());
      return e;
    }
  }

  /** What somebody does to a frame. */
  @FunctionalInterface
  private interface Tampering {
    /**
     * @param other the address of another difference
     */
    void of(MemorySegment frame, long other);
  }

  private void asVersion1(String name) throws IOException {
    byte[] bytes = BytesInput.all(directory.open(name));
    MemorySegment s = MemorySegment.ofArray(bytes);
    Bytes.put32(s, FileHeader.VERSION_AT, 1);
    ChecksumMender.mend(bytes, 0);
    directory.delete(name);
    try (StoreOutput out = directory.create(name)) {
      out.write(0, s);
    }
  }

  private static void assertSays(String what, CorruptFileException e) {
    assertTrue(String.valueOf(e.getMessage()).contains(what), e.getMessage());
  }

  @Test
  void aBaseThatIsADifferenceIsCorrupt() throws IOException {
    assertSays(
        "base of a difference at offset 8256: expected a whole page from 128 on that ends before",
        read(HEADER, (frame, other) -> Bytes.put64(frame, DifferenceDecoder.BASE_AT, other)));
  }

  /** Nothing, itself, behind it, too long for what is before it, in another file, of no kind. */
  @ParameterizedTest
  @ValueSource(
      longs = {
        0,
        (3L << 60) | (1L << 50) | (8256 / 64),
        (3L << 60) | (1L << 50) | (8320 / 64),
        (1L << 60) | (8192 / 64),
        (3L << 60) | (56L << 50) | (8192 / 64),
        (1L << 60) | (1L << 36) | (4096 / 64),
        (3L << 60) | (1L << 50),
        (3L << 60) | (1L << 50) | 1,
        (3L << 60) | (60L << 50) | (4096 / 64),
        (1L << 60) | ((1L << 36) - 64),
        (7L << 60) | (1L << 50) | (4096 / 64),
        -1
      })
  void aBaseThatIsNoWholePageBeforeItIsCorrupt(long base) throws IOException {
    assertSays(
        "base of a difference at offset 8256",
        read(HEADER, (frame, _) -> Bytes.put64(frame, DifferenceDecoder.BASE_AT, base)));
  }

  /** A frame of other bytes, or another page: the checksum says so before the page is made. */
  @Test
  void aBaseOfOtherContentIsCorrupt() throws IOException {
    assertSays(
        "page CRC at offset 4096",
        read(HEADER, (frame, _) -> Bytes.put32(frame, DifferenceDecoder.CRC_AT, 17)));
    directory.delete(HEADER.name().text());
    assertSays(
        "at offset 4160",
        read(
            HEADER,
            (frame, _) ->
                Bytes.put64(
                    frame, DifferenceDecoder.BASE_AT, Address.of(Address.ZSTD, 0, 4160, 64))));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 49, -1, Integer.MIN_VALUE})
  void aLengthThatDoesNotFitTheFrameIsCorrupt(int length) throws IOException {
    assertSays(
        "length of a difference at offset 8256: expected 1..48",
        read(HEADER, (frame, _) -> Bytes.put32(frame, 0, length)));
  }

  @Test
  void whatIsNotCompressedIsCorrupt() throws IOException {
    assertSays(
        "compressed frame at offset 8256",
        read(HEADER, (frame, _) -> Bytes.put64(frame, DifferenceDecoder.HEADER_LENGTH, 0)));
  }

  @Test
  void aDifferenceInAFileOfVersion1IsCorrupt() throws IOException {
    assertSays(
        "version of a file that has a difference at offset 8256: expected 2, found 1",
        read(PLAIN_HEADER, (_, _) -> {}));
  }

  /** A base beyond the reach would be missed by who fetches a part of a file. */
  @Test
  void aBaseThatIsTooFarAwayIsCorrupt() throws IOException {
    byte[] base = content(1);
    byte[] later = changed(base, 5, 9);
    try (StoreOutput out = directory.create(HEADER.name().text());
        PagesWriter writer = new PagesWriter(HEADER, out);
        DifferenceEncoder differences = new DifferenceEncoder(PAGE)) {
      differences.setBase(segment(base), crc(base), add(writer, Address.PLAIN, segment(base)));
      for (int i = 0; i < 8; i++) {
        writer.add(Address.PLAIN, segment(content(i)));
      }
      MemorySegment frame = differences.encode(segment(later), PAGE).orElseThrow();
      long address = add(writer, Address.DIFFERENCE, frame);
      writer.seal();
      try (OpenFile file = open();
          FrameReader reader = new FrameReader(PAGE)) {
        assertSays(
            "expected a whole page from 8192 on",
            assertThrows(CorruptFileException.class, () -> reader.read(file, address, crc(later))));
      }
    }
  }

  /** Every byte of a base and of a difference: found, or a byte of padding. */
  @Test
  void aFlippedBitIsFoundInTheBaseAndInTheDifference() throws IOException {
    List<Frame> frames = write(FrameCodec.ZSTD, 1);
    byte[] bytes = BytesInput.all(directory.open(HEADER.name().text()));
    Frame last = frames.get(1);
    int end = (int) (Address.offset(last.address) + Address.compressedBytes(last.address));
    int inBase = 0;
    int inDifference = 0;
    for (int at = FileHeader.LENGTH; at < end; at++) {
      byte[] wrong = bytes.clone();
      wrong[at] ^= (byte) (1 << (at & 7));
      try (OpenFile file = OpenFile.open(HEADER.name(), BytesInput.of(wrong));
          FrameReader reader = new FrameReader(PAGE)) {
        reader.read(file, last.address, last.crc);
        assertArrayEquals(last.bytes(), reader.page().toArray(ValueLayout.JAVA_BYTE), "at " + at);
      } catch (CorruptFileException e) {
        inBase += at < Address.offset(last.address) ? 1 : 0;
        inDifference += at < Address.offset(last.address) ? 0 : 1;
      }
    }
    assertTrue(inBase > 2000, inBase + " found in the base");
    assertTrue(inDifference > 25, inDifference + " found in the difference");
  }

  /** As a Cairn that knows version 1 alone says it of version 2. */
  @Test
  void aVersionThatIsNotKnownIsRefusedAndARottenOneIsCorrupt() throws IOException {
    write(FrameCodec.ZSTD, 1);
    byte[] bytes = BytesInput.all(directory.open(HEADER.name().text()));
    MemorySegment s = MemorySegment.ofArray(bytes);
    Bytes.put32(s, FileHeader.VERSION_AT, 1);
    assertSays(
        "version at offset 8: expected 2, found 1",
        assertThrows(CorruptFileException.class, () -> FileHeader.decode("f", s)));
    Bytes.put32(s, FileHeader.VERSION_AT, 3);
    Bytes.put32(s, FileHeader.CRC_AT, new Crc().of(s, 0, FileHeader.CRC_AT));
    RefusedException e = assertThrows(RefusedException.class, () -> FileHeader.decode("f", s));
    assertTrue(String.valueOf(e.getMessage()).contains("use a newer Cairn"), e.getMessage());
  }
}
