package dev.cairn.store.file;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.store.CorruptFileException;
import dev.cairn.store.io.MemoryDirectory;
import dev.cairn.store.io.StoreDirectory;
import dev.cairn.store.io.StoreInput;
import dev.cairn.store.io.StoreOutput;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Windows of pages: the right bytes in the right places, by few reads. */
class PageReaderTest {
  private static final int PAGE = 512;
  private static final int PAGES = 1200;

  /** Every fourth page compresses well, so that frames have different lengths. */
  private static byte[] content(int page) {
    byte[] noise = TestFiles.noise(page, PAGE);
    if (page % 4 == 0) {
      Arrays.fill(noise, 20, PAGE, (byte) page);
    }
    return noise;
  }

  private static FileHeader write(StoreDirectory directory, FrameCodec codec) throws IOException {
    FileHeader header = TestFiles.header(FileKind.LAYER, 1, 1, PAGE);
    try (Arena arena = Arena.ofConfined();
        StoreOutput out = directory.create(header.name().text());
        LayerWriter writer = LayerWriter.layer(header, directory, out, codec)) {
      MemorySegment page = arena.allocate(PAGE, 64);
      for (int i = 0; i < PAGES; i++) {
        page.copyFrom(MemorySegment.ofArray(content(i)));
        writer.add(0, i, page);
      }
      PointLayout layout = TestFiles.layout((long) PAGES * PAGE, PAGE);
      writer.seal(TestFiles.point(header, layout, List.of()), List.of());
      out.sync();
    }
    return header;
  }

  /** Counts reads, and fails those of one place. */
  private static final class Counting implements StoreInput {
    private final StoreInput in;
    private int reads;
    private long unreadable = -1;

    Counting(StoreInput in) {
      this.in = in;
    }

    @Override
    public long length() throws IOException {
      return in.length();
    }

    @Override
    public int names() throws IOException {
      return in.names();
    }

    @Override
    public void read(long offset, MemorySegment into) throws IOException {
      reads++;
      if (offset <= unreadable && unreadable < offset + into.byteSize()) {
        throw new CorruptFileException("disk", "bytes", unreadable, "readable", "a bad sector");
      }
      in.read(offset, into);
    }

    @Override
    public void close() throws IOException {
      in.close();
    }
  }

  /** Reads pages, the i-th into slot slots[i]; returns how many reads that took. */
  private static int read(FrameCodec codec, List<Integer> pages, List<Integer> slots)
      throws IOException {
    StoreDirectory directory = MemoryDirectory.create();
    FileHeader header = write(directory, codec);
    Counting in = new Counting(directory.open(header.name().text()));
    try (OpenFile file = OpenFile.open(header.name(), in);
        Arena arena = Arena.ofConfined();
        PageReader reader = new PageReader(PAGE, arena)) {
      Region region = file.region(0);
      MemorySegment window = arena.allocate((long) PAGES * PAGE, 64);
      window.fill((byte) 0x55);
      reader.begin();
      for (int i = 0; i < pages.size(); i++) {
        int version = region.find(pages.get(i), 1);
        reader.want(file, region.address(version), region.crc(version), slots.get(i));
      }
      int before = in.reads;
      reader.readInto(window);
      int reads = in.reads - before;
      byte[] untouched = new byte[PAGE];
      Arrays.fill(untouched, (byte) 0x55);
      for (int slot = 0; slot < PAGES; slot++) {
        int i = slots.indexOf(slot);
        byte[] expected = i < 0 ? untouched : content(pages.get(i));
        byte[] actual = window.asSlice((long) slot * PAGE, PAGE).toArray(ValueLayout.JAVA_BYTE);
        assertArrayEquals(expected, actual, "slot " + slot);
      }
      return reads;
    }
  }

  private static List<Integer> every(int step) {
    List<Integer> pages = new ArrayList<>();
    for (int page = 0; page < PAGES; page += step) {
      pages.add(page);
    }
    return pages;
  }

  @ParameterizedTest
  @EnumSource
  void aSinglePageIsOneReadOfItsBytes(FrameCodec codec) throws IOException {
    assertEquals(1, read(codec, List.of(777), List.of(3)));
    assertEquals(1, read(codec, List.of(776), List.of(0)));
  }

  @ParameterizedTest
  @EnumSource
  void aWholeWindowIsFewReads(FrameCodec codec) throws IOException {
    assertTrue(read(codec, every(1), every(1)) <= 3);
  }

  @ParameterizedTest
  @EnumSource
  void pagesThatLieNearEachOtherAreReadAtOnceWhereverTheyGo(FrameCodec codec) throws IOException {
    List<Integer> slots = new ArrayList<>(every(3));
    Collections.shuffle(slots, new Random(1));
    assertTrue(read(codec, every(3), slots) <= 3);
  }

  @ParameterizedTest
  @EnumSource
  void pagesFarApartAreReadAlone(FrameCodec codec) throws IOException {
    List<Integer> pages = every(400);
    int reads = read(codec, pages, List.of(5, 6, 7));
    assertEquals(pages.size(), reads);
  }

  /** As of a base image below layers. */
  @Test
  void whatIsReplacedHereAndThereIsReadOverAndThenReplaced() throws IOException {
    List<Integer> pages = new ArrayList<>(every(1));
    pages.set(0, 1000);
    pages.set(7, 1001);
    pages.set(8, 1002);
    for (int slot = 20; slot < 900; slot += 5) {
      pages.set(slot, 1003 + slot / 5);
    }
    List<Integer> slots = every(1);
    assertEquals(2, read(FrameCodec.PLAIN, pages.subList(0, 900), slots.subList(0, 900)));
  }

  /** Each run would read over what the other one brought. */
  @Test
  void runsThatInterlockDoNotReadOverEachOther() throws IOException {
    for (int first : new int[] {0, 600}) {
      List<Integer> pages = new ArrayList<>();
      for (int slot = 0; slot < 500; slot++) {
        pages.add(slot + (slot / 2 % 2 == 0 ? first : 600 - first));
      }
      assertTrue(read(FrameCodec.PLAIN, pages, every(1).subList(0, 500)) < 130);
    }
  }

  /** Runs of pages that lie as in the window, at a few displacements, mixed and with gaps. */
  @ParameterizedTest
  @EnumSource
  void anyMixtureOfRunsEndsInItsPlaces(FrameCodec codec) throws IOException {
    for (int seed = 0; seed < 40; seed++) {
      Random random = new Random(seed);
      List<Integer> pages = new ArrayList<>();
      List<Integer> slots = new ArrayList<>();
      int displacement = 0;
      for (int slot = 0; slot < 300; slot++) {
        if (random.nextInt(1 + seed % 5) == 0) {
          displacement = 300 * random.nextInt(4);
        }
        if (random.nextInt(20) > 0) {
          slots.add(slot);
          pages.add(random.nextInt(30) == 0 ? random.nextInt(PAGES) : slot + displacement);
        }
      }
      read(codec, pages, slots);
    }
  }

  @Test
  void whatNobodyAskedForIsNotReadOver() throws IOException {
    List<Integer> pages = new ArrayList<>(every(1).subList(0, 40));
    pages.set(6, 1000);
    pages.remove(30);
    pages.remove(4);
    List<Integer> slots = new ArrayList<>(every(1).subList(0, 40));
    slots.remove(30);
    slots.remove(4);
    assertEquals(4, read(FrameCodec.PLAIN, pages, slots));
  }

  @ParameterizedTest
  @EnumSource
  void aPageThatIsNotWhatItsIndexSaysIsNeverHandedOn(FrameCodec codec) throws IOException {
    StoreDirectory directory = MemoryDirectory.create();
    FileHeader header = write(directory, codec);
    try (OpenFile file = TestFiles.open(directory, header.name());
        Arena arena = Arena.ofConfined();
        PageReader reader = new PageReader(PAGE, arena)) {
      Region region = file.region(0);
      MemorySegment window = arena.allocate(10L * PAGE, 64);
      reader.begin();
      for (int i = 0; i < 10; i++) {
        int version = region.find(100 + i, 1);
        int crc = region.crc(version) ^ (i == 6 ? 1 : 0);
        reader.want(file, region.address(version), crc, 9 - i);
      }
      assertThrows(CorruptFileException.class, () -> reader.readInto(window));
    }
  }

  /** A bad sector in bytes that nobody needs does no harm to what lies around it. */
  @Test
  void whatCannotBeReadBetweenTwoFramesHurtsNeither() throws IOException {
    StoreDirectory directory = MemoryDirectory.create();
    FileHeader header = write(directory, FrameCodec.PLAIN);
    Counting in = new Counting(directory.open(header.name().text()));
    try (OpenFile file = OpenFile.open(header.name(), in);
        Arena arena = Arena.ofConfined();
        PageReader reader = new PageReader(PAGE, arena)) {
      Region region = file.region(0);
      MemorySegment window = arena.allocate(3 * PAGE, 64);
      reader.begin();
      for (int page : List.of(0, 2)) {
        reader.want(file, region.address(page), region.crc(page), page);
      }
      in.unreadable = Address.offset(region.address(1));
      reader.readInto(window);
      for (int page : List.of(0, 2)) {
        byte[] actual = window.asSlice((long) page * PAGE, PAGE).toArray(ValueLayout.JAVA_BYTE);
        assertArrayEquals(content(page), actual);
      }
      reader.begin();
      reader.want(file, region.address(1), region.crc(1), 1);
      assertThrows(CorruptFileException.class, () -> reader.readInto(window));
    }
  }

  @Test
  void whatCannotBeReadAndIsReplacedHurtsNobody() throws IOException {
    StoreDirectory directory = MemoryDirectory.create();
    FileHeader header = write(directory, FrameCodec.PLAIN);
    Counting in = new Counting(directory.open(header.name().text()));
    try (OpenFile file = OpenFile.open(header.name(), in);
        Arena arena = Arena.ofConfined();
        PageReader reader = new PageReader(PAGE, arena)) {
      Region region = file.region(0);
      MemorySegment window = arena.allocate(10 * PAGE, 64);
      int[] pages = {0, 1, 2, 1000, 4, 5, 6, 7, 8, 9};
      reader.begin();
      for (int slot = 0; slot < pages.length; slot++) {
        reader.want(file, region.address(pages[slot]), region.crc(pages[slot]), slot);
      }
      in.unreadable = Address.offset(region.address(3));
      reader.readInto(window);
      for (int slot = 0; slot < pages.length; slot++) {
        byte[] actual = window.asSlice((long) slot * PAGE, PAGE).toArray(ValueLayout.JAVA_BYTE);
        assertArrayEquals(content(pages[slot]), actual, "slot " + slot);
      }
    }
  }
}
