package dev.cairn.tools.migration;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.store.DeviceState;
import dev.cairn.store.RamBlock;
import dev.cairn.store.RamLayout;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a source writes: byte for byte where it stands alone, and as the reader reads it. */
class StreamWriterTest {
  private static final int PAGE = StreamWords.PAGE;
  private static final int ID = StreamWriter.RAM_SECTION;
  private static final byte[] CONFIGURATION = new MadeStream().be32(2).text("pc").bytes();
  private static final byte[] JSON = MadeStream.description().getBytes(StandardCharsets.UTF_8);
  private static final RamLayout LAYOUT =
      new RamLayout(
          PAGE,
          List.of(new RamBlock("a", 100L * PAGE), new RamBlock("huge", 512L * PAGE, 512 * PAGE)));

  private final Arena arena = Arena.ofConfined();
  private final ByteArrayOutputStream sent = new ByteArrayOutputStream();
  private final StreamWriter writer =
      new StreamWriter(
          bytes -> sent.writeBytes(bytes.toArray(ValueLayout.JAVA_BYTE)), arena.allocate(64 << 10));

  @AfterEach
  void free() {
    arena.close();
  }

  private void wrote(MadeStream expected) throws IOException {
    writer.flush();
    assertArrayEquals(expected.bytes(), sent.toByteArray());
    sent.reset();
  }

  private static MemorySegment filled(int fill) {
    byte[] page = new byte[PAGE];
    Arrays.fill(page, (byte) fill);
    return MemorySegment.ofArray(page);
  }

  @Test
  void headAndTable() throws IOException {
    writer.head(CONFIGURATION);
    writer.ramStart(LAYOUT, false);
    MadeStream start = new MadeStream().u8(1).be32(ID).name("ram").be32(0).be32(4);
    start.size(612L * PAGE).block("a", 100L * PAGE);
    byte[] before = start.bytes();
    wrote(
        new MadeStream()
            .head()
            .raw(before)
            .block("huge", 512L * PAGE)
            .be64(0x10)
            .u8(0x7e)
            .be32(ID));
    writer.ramStart(LAYOUT, true);
    wrote(
        new MadeStream()
            .raw(before)
            .block("huge", 512L * PAGE)
            .be64(512L * PAGE)
            .be64(0x10)
            .u8(0x7e)
            .be32(ID));
  }

  /** Every section names its first block: a destination that was put together again knows none. */
  @Test
  void recordsNameTheirBlockOnceInASection() throws IOException {
    writer.blocks(LAYOUT);
    MadeStream expected = new MadeStream();
    for (int i = 0; i < 2; i++) {
      writer.partStart();
      writer.zero(0, 5);
      writer.page(0, 6, filled(7));
      writer.zero(1, 0);
      writer.zero(0, 7);
      writer.partEnd();
      expected.u8(2).be32(ID).zero("a", 5).page(6, 7).zero("huge", 0).zero("a", 7);
      expected.be64(0x10).u8(0x7e).be32(ID);
    }
    writer.ramEnd();
    writer.eof();
    wrote(expected.u8(3).be32(ID).be64(0x10).u8(0x7e).be32(ID).u8(0));
  }

  @Test
  void commands() throws IOException {
    writer.openReturnPath();
    writer.ping(0x01020304);
    writer.postcopyAdvise(0x201000);
    writer.postcopyResume();
    writer.askReceivedBitmap("huge");
    wrote(
        new MadeStream()
            .command(1)
            .command(2, (byte) 1, (byte) 2, (byte) 3, (byte) 4)
            .u8(8)
            .be16(3)
            .be16(16)
            .be64(0x201000)
            .be64(PAGE)
            .command(9)
            .u8(8)
            .be16(10)
            .be16(5)
            .name("huge"));
  }

  @Test
  void discards() throws IOException {
    writer.postcopyDiscard("a", List.of());
    wrote(new MadeStream());
    writer.postcopyDiscard(
        "a", List.of(new StreamWriter.Range(0, PAGE), new StreamWriter.Range(8192, 4096)));
    MadeStream two = new MadeStream().u8(8).be16(6).be16(4 + 32).u8(0).name("a").u8(0);
    wrote(two.be64(0).be64(PAGE).be64(8192).be64(4096));
    List<StreamWriter.Range> many = new ArrayList<>();
    for (long i = 0; i < 2001; i++) {
      many.add(new StreamWriter.Range(i, 1));
    }
    writer.postcopyDiscard("a", many);
    MadeStream expected = new MadeStream();
    for (int i = 0; i < 2001; i++) {
      if (i % 1000 == 0) {
        expected.u8(8).be16(6).be16(4 + 16 * Math.min(1000, 2001 - i)).u8(0).name("a").u8(0);
      }
      expected.be64(i).be64(1);
    }
    wrote(expected);
  }

  @Test
  void thePackageHoldsTheDevicesWithoutTheirEnd() throws IOException {
    byte[] devices = new byte[100_000];
    devices[0] = 4;
    devices[99_998] = 9;
    writer.postcopyPackage(devices, 3);
    MadeStream expected = new MadeStream().u8(8).be16(7).be16(4).be32(5 + 99_999 + 9 + 5);
    expected.command(4).raw(Arrays.copyOf(devices, 99_999));
    wrote(expected.command(2, (byte) 0, (byte) 0, (byte) 0, (byte) 3).command(5));
    assertThrows(
        IllegalArgumentException.class, () -> writer.postcopyPackage(new byte[] {4, 1}, 3));
    assertThrows(IllegalArgumentException.class, () -> writer.postcopyPackage(new byte[0], 3));
  }

  @Test
  void devicesMayComeWithoutDescription() throws IOException {
    writer.devices(new byte[] {4, 0}, new byte[0]);
    wrote(new MadeStream().u8(4, 0));
  }

  @Test
  void pagesOfAnotherSizeAreABug() {
    RamLayout small = new RamLayout(512, List.of(new RamBlock("a", 512)));
    assertThrows(IllegalArgumentException.class, () -> writer.ramStart(small, false));
    writer.blocks(LAYOUT);
    MemorySegment half = filled(1).asSlice(0, 100);
    assertThrows(IllegalArgumentException.class, () -> writer.page(0, 0, half));
  }

  /** Random rounds through a buffer that is full at any place, read from pieces of any length. */
  @Test
  void whatIsWrittenIsRead() throws IOException {
    long seed = Long.getLong("tests.seed", System.nanoTime());
    System.out.println("seed " + seed + " (again: -Dtests.seed=" + seed + ")");
    Random random = new Random(seed);
    for (int round = 0; round < 20; round++) {
      sent.reset();
      byte[] devices = new MadeStream().devices().bytes();
      List<String> expected = new ArrayList<>();
      writer.head(CONFIGURATION);
      writer.openReturnPath();
      writer.ping(1);
      writer.ramStart(LAYOUT, false);
      for (int part = 0; part < 3; part++) {
        writer.partStart();
        boolean[] used = new boolean[612];
        for (int i = random.nextInt(60); i > 0; i--) {
          page(random, used, expected);
        }
        writer.partEnd();
      }
      writer.ramEnd();
      writer.devices(devices, JSON);
      writer.flush();
      assertEquals(0, writer.gathered());
      RamRecord ram = new RamRecord();
      Pieces pieces = Pieces.cut(sent.toByteArray(), 1 + random.nextInt(9000));
      StreamReader reader =
          new StreamReader(
              new SocketInput(
                  pieces, arena.allocate(512 + random.nextInt(8192)), SocketInput.Watch.NONE),
              StreamCommands.NONE);
      reader.readHead();
      reader.readRam(ram);
      DeviceState state = reader.readState();
      assertEquals(expected, ram.said.subList(1, ram.said.size()));
      assertArrayEquals(devices, state.find(StreamReader.DEVICES).orElseThrow().content());
      assertArrayEquals(JSON, state.find(StreamReader.DESCRIPTION).orElseThrow().content());
      assertArrayEquals(
          CONFIGURATION, state.find(StreamReader.CONFIGURATION).orElseThrow().content());
      assertTrue(LAYOUT.blocks().get(0).equals(reader.layout().blocks().get(0)));
    }
  }

  private void page(Random random, boolean[] used, List<String> expected) throws IOException {
    int any = random.nextInt(used.length);
    if (used[any]) {
      return;
    }
    used[any] = true;
    int block = any < 100 ? 0 : 1;
    int page = any < 100 ? any : any - 100;
    String name = (block == 0 ? "a:" : "huge:") + page;
    if (random.nextBoolean()) {
      writer.zero(block, page);
      expected.add(name + "=zero");
    } else {
      int fill = random.nextInt(256) - 128;
      writer.page(block, page, filled(fill));
      expected.add(name + "=" + fill);
    }
  }
}
