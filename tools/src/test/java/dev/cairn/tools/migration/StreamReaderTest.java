package dev.cairn.tools.migration;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.cairn.store.BadInputException;
import dev.cairn.store.DeviceState;
import dev.cairn.store.RamLayout;
import dev.cairn.store.RefusedException;
import dev.cairn.store.StoreException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * What a stream may say, and what is refused of it. Long, as each refusal of tools/QEMU.md is a
 * test, and all of them change the same small stream.
 */
class StreamReaderTest {
  private static final int PAGE = StreamWords.PAGE;
  private static final long TIB = 1L << 40;
  private final Arena arena = Arena.ofConfined();
  private final MemorySegment buffer = arena.allocate(4096);
  private final RamRecord ram = new RamRecord();
  private final List<String> commands = new ArrayList<>();

  @AfterEach
  void free() {
    arena.close();
  }

  private StreamReader reader(Connection connection) {
    return reader(connection, 1 << 20);
  }

  private StreamReader reader(Connection connection, long mostStateBytes) {
    StreamCommands heard =
        new StreamCommands() {
          @Override
          public void openReturnPath() {
            commands.add("open");
          }

          @Override
          public void ping(long value) {
            commands.add("ping " + value);
          }

          @Override
          public void enableColo() {
            commands.add("colo");
          }
        };
    SocketInput in = new SocketInput(connection, buffer, SocketInput.Watch.NONE);
    return new StreamReader(in, heard, mostStateBytes);
  }

  private StreamReader reader(MadeStream stream) {
    return reader(Pieces.of(stream.bytes()));
  }

  /** Reads all of a first stream. */
  private DeviceState all(Connection connection) throws IOException {
    StreamReader reader = reader(connection);
    reader.readHead();
    reader.readRam(ram);
    return reader.readState();
  }

  /** A stream up to the block table. */
  private static MadeStream begun() {
    return new MadeStream().head().table();
  }

  private static String said(Exception e) {
    return String.valueOf(e.getMessage());
  }

  private <E extends StoreException> void isRefused(
      Class<E> type, MadeStream stream, long offset, String... words) {
    String message = said(assertThrows(type, () -> all(Pieces.of(stream.bytes()))));
    assertTrue(message.startsWith("the peer: "), message);
    assertTrue(message.contains(" at offset " + offset + ": expected "), message);
    assertEquals(1, message.lines().count(), message);
    for (String word : words) {
      assertTrue(message.contains(word), () -> "'" + word + "' in: " + message);
    }
  }

  private void isBad(MadeStream stream, long offset, String... words) {
    isRefused(BadInputException.class, stream, offset, words);
  }

  @Test
  void aStreamIsReadHoweverItsBytesCome() throws IOException {
    byte[] bytes = MadeStream.whole().bytes();
    for (int piece : new int[] {1, 2, 3, 5, 1000, bytes.length}) {
      ram.said.clear();
      commands.clear();
      DeviceState state = all(Pieces.cut(bytes, piece));
      assertEquals(
          List.of(
              "[RamBlock[name=a, length=409600, hostPageSize=4096],"
                  + " RamBlock[name=b, length=12288, hostPageSize=4096]]",
              "a:0=1",
              "a:99=2",
              "b:2=zero",
              "b:1=zero",
              "a:0=3"),
          ram.said);
      assertEquals(List.of("open", "ping 1"), commands);
      assertArrayEquals(
          new MadeStream().be32(2).text("pc").bytes(), content(state, StreamReader.CONFIGURATION));
      assertArrayEquals(new MadeStream().devices().bytes(), content(state, StreamReader.DEVICES));
      assertEquals(
          MadeStream.description(),
          new String(content(state, StreamReader.DESCRIPTION), StandardCharsets.UTF_8));
    }
  }

  private static byte[] content(DeviceState state, String section) {
    return state.find(section).orElseThrow().content();
  }

  @Test
  void theConfigurationIsKeptButForItsCapabilities() throws IOException {
    byte[] uuid = new byte[16];
    uuid[0] = 7;
    MadeStream stream =
        new MadeStream()
            .head()
            .u8(5)
            .name("configuration/uuid")
            .be32(1)
            .raw(uuid)
            .capabilities("x-ignore-shared")
            .u8(5)
            .name("configuration/target-page-bits")
            .be32(1)
            .be32(12)
            .start()
            .size(4 * PAGE)
            .block("shared", 3 * PAGE)
            .be64(0)
            .block("small", PAGE)
            .be64(0xffff_0000L)
            .eos()
            .end()
            .zero("small", 0)
            .eos()
            .devices()
            .description(MadeStream.description());
    StreamReader reader = reader(stream);
    reader.readHead();
    assertTrue(reader.ignoresShared());
    reader.readRam(ram);
    assertEquals(
        List.of("shared", "small"), reader.layout().blocks().stream().map(b -> b.name()).toList());
    assertEquals("small:0=zero", ram.said.getLast());
    byte[] kept =
        new MadeStream()
            .be32(2)
            .text("pc")
            .u8(5)
            .name("configuration/uuid")
            .be32(1)
            .raw(uuid)
            .u8(5)
            .name("configuration/target-page-bits")
            .be32(1)
            .be32(12)
            .bytes();
    assertArrayEquals(kept, content(reader.readState(), StreamReader.CONFIGURATION));
  }

  /** A first stream and two checkpoints, of QEMU 10 and of 11; CONTINUE goes over them. */
  @Test
  void checkpointsAreRead() throws IOException {
    byte[] state = new MadeStream().devices().bytes();
    byte[] checkpoint =
        new MadeStream()
            .be32(ColoMessage.VMSTATE_SEND)
            .command(11)
            .end()
            .page(5, 5) // of a, the last of the first stream
            .eos()
            .u8(0)
            .be32(ColoMessage.VMSTATE_SIZE)
            .be64(state.length)
            .raw(state)
            .bytes();
    StreamReader reader = reader(Pieces.of(MadeStream.whole().bytes(), checkpoint, checkpoint));
    reader.readHead();
    reader.readRam(ram);
    reader.readState();
    for (int i = 0; i < 2; i++) {
      assertEquals(ColoMessage.VMSTATE_SEND, reader.readColoMessage());
      reader.readDirty(ram);
      assertEquals("a:5=5", ram.said.getLast());
      assertEquals(ColoMessage.VMSTATE_SIZE, reader.readColoMessage());
      assertArrayEquals(state, reader.readDevices().content());
    }
  }

  @Test
  void aStreamThatIsCutIsRefusedAtEveryLength() throws IOException {
    byte[] bytes = MadeStream.whole().bytes();
    int tried = 0;
    for (int length = 0; length < bytes.length; length++) {
      byte[] cut = Arrays.copyOf(bytes, length);
      BadInputException e =
          assertThrows(BadInputException.class, () -> all(Pieces.of(cut)), () -> "" + cut.length);
      assertTrue(said(e).contains("then the end of the stream"), said(e));
      tried++;
    }
    assertEquals(bytes.length, tried);
  }

  @Test
  void anotherMagicIsRefused() {
    isBad(new MadeStream().be32(0x51455656).be32(3), 0, "magic", "0x5145564d", "0x51455656");
  }

  @Test
  void anotherVersionIsRefused() {
    MadeStream stream = new MadeStream().be32(StreamWords.MAGIC).be32(2);
    isRefused(RefusedException.class, stream, 4, "version", "expected 3", "found 2");
  }

  @Test
  void aStreamWithoutConfigurationIsRefused() {
    isBad(new MadeStream().be32(StreamWords.MAGIC).be32(3).table(), 8, "configuration", "0x1");
  }

  @Test
  void aMachineTypeThatIsLongOrNoTextIsRefused() {
    MadeStream magic = new MadeStream().be32(StreamWords.MAGIC).be32(3);
    isBad(magic.u8(7).be32(256), 9, "machine type", "1..255", "256");
    magic = new MadeStream().be32(StreamWords.MAGIC).be32(3);
    isBad(magic.u8(7).be32(2).text("\n."), 13, "machine type", "printable");
  }

  @Test
  void capabilitiesThatChangeTheStreamAreRefused() {
    isRefused(
        RefusedException.class,
        new MadeStream().head().capabilities("mapped-ram").table(),
        63,
        "x-ignore-shared",
        "mapped-ram");
    MadeStream many = new MadeStream().head().u8(5).name("configuration/capabilities").be32(1);
    isBad(many.be32(65), 47, "at most 64", "65");
  }

  @Test
  void anUnknownSubsectionIsRefused() {
    isBad(
        new MadeStream().head().u8(5).name("configuration/more").be32(1).be64(0),
        39,
        "subsection",
        "configuration/more");
  }

  @Test
  void aSectionThatIsNotRamIsRefusedByItsName() {
    MadeStream bitmaps = new MadeStream().head();
    isRefused(
        RefusedException.class,
        bitmaps.u8(1).be32(7).name("dirty-bitmap").be32(0).be32(1),
        15,
        "expected ram",
        "dirty-bitmap");
    MadeStream early = begun();
    int at = early.length();
    isRefused(RefusedException.class, early.devices(), at, "the ram section or its end", "timer");
  }

  @Test
  void anotherVersionOfRamIsRefused() {
    MadeStream stream = new MadeStream().head().u8(1).be32(2).name("ram").be32(0).be32(5);
    isRefused(RefusedException.class, stream, 28, "version", "expected 4", "found 5");
    stream = new MadeStream().head().u8(1).be32(2).name("ram").be32(1).be32(4);
    isBad(stream, 15, "ram instance 0, once", "instance 1");
  }

  @Test
  void ramThatBeginsTwiceIsRefused() {
    MadeStream stream = begun();
    isBad(stream.table(), begun().length(), "once", "it again");
  }

  @Test
  void anotherFooterOrIdIsRefused() {
    MadeStream stream = begun().part().be64(0x10);
    int at = stream.length();
    isBad(stream.u8(0x7f).be32(2), at, "footer", "0x7e", "0x7f");
    stream = begun().part().be64(0x10);
    isBad(stream.u8(0x7e).be32(3), at + 1, "section id in the footer", "0x2", "0x3");
    stream = begun();
    isBad(stream.u8(2).be32(1), begun().length() + 1, "id of the ram section", "0x2", "0x1");
  }

  @Test
  void aSectionBeforeRamBeginsIsRefused() {
    isBad(new MadeStream().head().part().eos(), 16, "id of the ram section");
  }

  @Test
  void anUnknownElementIsRefused() {
    MadeStream stream = begun();
    isBad(stream.u8(9), begun().length(), "element", "0x9");
    stream = begun();
    isBad(stream.u8(0), begun().length(), "element", "0x0");
  }

  @Test
  void commandsOfOtherMigrationsAreRefusedByName() {
    MadeStream stream = begun().command(3, new byte[16]);
    isRefused(RefusedException.class, stream, begun().length(), "POSTCOPY_ADVISE");
    stream = begun().command(4711);
    isRefused(RefusedException.class, stream, begun().length(), "4711");
    stream = begun().command(0);
    isRefused(RefusedException.class, stream, begun().length(), "INVALID");
  }

  @Test
  void aCommandOfAnotherLengthIsRefused() {
    isBad(begun().command(2, (byte) 1), begun().length() + 3, "length of PING", "4", "1");
    isBad(begun().command(11, (byte) 1), begun().length() + 3, "length of SWITCHOVER_START");
  }

  @Test
  void aRecordBeforeTheTableIsRefused() {
    MadeStream stream = new MadeStream().head().start();
    isBad(stream.zero("a", 0), 32, "block of a page", "found a");
    stream = new MadeStream().head().start();
    isBad(stream.eos(), 45, "a block table");
  }

  @Test
  void aTableWhoseSumIsAnotherIsRefused() {
    MadeStream small = new MadeStream().head().start();
    isBad(small.size(2 * PAGE).block("a", 3 * PAGE), 42, "length of a", "at most 8192", "12288");
    MadeStream large = new MadeStream().head().start();
    isBad(large.size(2 * PAGE).block("a", PAGE).eos().end().eos(), 50, "RAM block name", "found 0");
  }

  @Test
  void lengthsThatOverflowAreRefused() {
    MadeStream stream = new MadeStream().head().start();
    isBad(stream.size(2 * TIB).block("a", -PAGE), 42, "length of a", "18446744073709547520");
    stream = new MadeStream().head().start();
    isBad(stream.size(-PAGE).block("a", -PAGE), 32, "ram size", "18446744073709547520");
    stream = new MadeStream().head().start();
    isBad(stream.size(2 * TIB + PAGE).block("a", 2 * TIB), 32, "ram size", "2199023255552");
    stream = new MadeStream().head().start();
    isBad(stream.size(0).eos(), 32, "ram size", "found 0");
  }

  @Test
  void aLengthThatIsNoWholePagesIsRefused() {
    MadeStream stream = new MadeStream().head().start();
    isBad(stream.size(2 * PAGE).block("a", PAGE + 512), 42, "a multiple of 4096", "4608");
  }

  @Test
  void aBlockTwiceIsRefused() {
    MadeStream stream = new MadeStream().head().start();
    stream.size(2 * PAGE).block("a", PAGE).block("a", PAGE);
    isBad(stream, stream.length(), "a RAM layout", "a stands twice");
  }

  @Test
  void aBlockWithoutNameIsRefused() {
    MadeStream stream = new MadeStream().head().start();
    isBad(stream.size(PAGE).block("", PAGE), 40, "RAM block name", "1 to 255 bytes");
  }

  @Test
  void moreThan4096BlocksAreRefused() throws IOException {
    MadeStream stream = new MadeStream().head().start().size(5000L * PAGE);
    for (int i = 0; i < 4096; i++) {
      stream.block("b" + i, PAGE);
    }
    int at = stream.length();
    isBad(stream.block("one", PAGE), at, "at most 4096 blocks");
  }

  @Test
  void theSameTableAgainIsTakenAndAnotherRefused() throws IOException {
    MadeStream stream = begun().part().size(103 * PAGE);
    stream.block("a", 100 * PAGE).block("b", 3 * PAGE).eos();
    int at = stream.length();
    StreamReader reader = reader(new MadeStream().raw(stream.bytes()).end().eos());
    reader.readHead();
    reader.readRam(ram);
    assertEquals(1, ram.said.size());
    stream.part().size(103 * PAGE).block("a", 99 * PAGE).block("b", 4 * PAGE).eos();
    isBad(stream, at + 5, "block table", "length=409600", "length=405504");
  }

  @Test
  void aBlockRenamedInMidStreamIsRefused() {
    MadeStream stream = begun().part().zero("a", 0);
    int at = stream.length();
    isBad(stream.zero("c", 1), at, "one of the block table", "found c");
    stream = begun().part().size(103 * PAGE);
    isBad(
        stream.block("c", 100 * PAGE).block("b", 3 * PAGE).eos(),
        begun().length() + 5,
        "block table",
        "name=c");
  }

  @Test
  void aPageBeyondItsBlockIsRefused() {
    int at = begun().part().length();
    isBad(begun().part().zero("b", 3), at, "an offset below 12288", "12288");
    isBad(begun().part().page("b", 1L << 51, 1), at, "an offset below", "9223372036854775808");
    isBad(begun().part().zero("b", -1), at, "an offset below", "18446744073709547520");
  }

  @Test
  void anUnknownFlagIsRefused() {
    int at = begun().part().length();
    for (int flags : new int[] {0, 1, 0x20, 0x30, 0x40, 0x0a, 0x80, 0x200, 0xfff}) {
      isRefused(
          RefusedException.class,
          begun().part().be64(flags),
          at,
          "ram record",
          "found " + Integer.toHexString(flags));
    }
  }

  @Test
  void continueWithoutABlockIsRefused() {
    isBad(begun().part().zero(0), begun().part().length(), "none, and no record before");
  }

  @Test
  void aByteBehindZeroThatIsNoneIsRefused() {
    MadeStream stream = begun().part().be64(2).name("a");
    int at = stream.length();
    isBad(stream.u8(1), at, "byte of a zero page", "0x1");
  }

  @Test
  void anEndOfRecordsWithAnOffsetIsRefused() {
    isBad(begun().part().be64(0x1010), begun().part().length(), "end of the ram records", "1000");
  }

  @Test
  void aPageTwiceInOneBodyIsRefused() {
    MadeStream stream = begun().part().page("a", 64, 1).zero("b", 0);
    int at = stream.length();
    isBad(stream.zero("a", 64), at, "each page once", "page 64 again");
    stream = begun().end().zero("a", 64);
    at = stream.length();
    isBad(stream.zero(64), at, "page 64 again");
  }

  @Test
  void aPageTwiceInACheckpointIsRefused() throws IOException {
    MadeStream checkpoint = new MadeStream().end().zero("b", 1).zero("a", 7).zero("b", 1);
    StreamReader reader =
        reader(Pieces.of(MadeStream.whole().bytes(), checkpoint.eos().u8(0).bytes()));
    reader.readHead();
    reader.readRam(ram);
    reader.readState();
    String message = said(assertThrows(BadInputException.class, () -> reader.readDirty(ram)));
    assertTrue(message.contains("page 1 again"), message);
  }

  @Test
  void aCheckpointWithoutPagesOrTwiceIsRefused() throws IOException {
    for (MadeStream body :
        List.of(
            new MadeStream().u8(0),
            new MadeStream().end().eos().end().eos().u8(0),
            new MadeStream().part().eos().u8(0),
            new MadeStream().devices())) {
      StreamReader reader = reader(Pieces.of(MadeStream.whole().bytes(), body.bytes()));
      reader.readHead();
      reader.readRam(ram);
      reader.readState();
      assertThrows(StoreException.class, () -> reader.readDirty(ram));
    }
  }

  @Test
  void anUnknownMessageIsRefused() throws IOException {
    for (long message : new long[] {7, 0x80000000L, 0xffffffffL}) {
      StreamReader reader = reader(new MadeStream().be32(message));
      BadInputException e = assertThrows(BadInputException.class, reader::readColoMessage);
      assertTrue(said(e).contains("0..6, found " + message), said(e));
    }
  }

  @Test
  void sizesOfADeviceStateThatLieAreRefused() {
    for (long size : new long[] {0, -1, (1 << 20) + 1, Long.MAX_VALUE}) {
      StreamReader reader = reader(new MadeStream().be64(size));
      assertThrows(BadInputException.class, reader::readDevices, () -> "" + size);
    }
    byte[] state = new MadeStream().devices().bytes();
    StreamReader large = reader(new MadeStream().be64(state.length + 1).raw(state));
    assertThrows(BadInputException.class, large::readDevices);
    StreamReader small = reader(new MadeStream().be64(state.length - 1).raw(state));
    String message = said(assertThrows(BadInputException.class, small::readDevices));
    assertTrue(message.contains("sections from 0x4 to 0x0, found 0x4 to 0x9"), message);
  }

  @Test
  void aStateAboveTheLimitIsRefused() throws IOException {
    byte[] whole = MadeStream.whole().bytes();
    int stateBytes = whole.length - begunAndEnded();
    for (int less : new int[] {0, 1}) {
      StreamReader reader = reader(Pieces.of(whole), stateBytes - less);
      reader.readHead();
      reader.readRam(ram);
      if (less == 0) {
        assertEquals(3, reader.readState().sections().size());
      } else {
        String message = said(assertThrows(BadInputException.class, reader::readState));
        assertTrue(message.contains("within " + (stateBytes - 1) + " bytes"), message);
      }
    }
  }

  private static int begunAndEnded() {
    return MadeStream.whole().length()
        - new MadeStream().devices().description(MadeStream.description()).length();
  }

  @Test
  void bytesBehindTheDescriptionAreRefused() {
    MadeStream stream = MadeStream.whole();
    int end = stream.length();
    isBad(stream.u8(0), end, "nothing behind its description", "1 bytes");
  }

  @Test
  void nothingIsWaitedForBehindTheDescription() throws IOException {
    Pieces pieces = Pieces.cut(MadeStream.whole().bytes(), 1);
    all(pieces);
    assertEquals(MadeStream.whole().length(), pieces.asked.size());
  }

  @Test
  void aStateWithoutDescriptionIsRefusedWithTheReason() {
    MadeStream stream = new MadeStream().head().table().end().eos().devices();
    isBad(stream, stream.length(), "end of the device state", "then the end");
    String lies = MadeStream.description().replace("\"size\": 2}", "\"size\": 3}");
    stream = new MadeStream().head().table().end().eos().devices().description(lies);
    isBad(stream, stream.length(), "that does not fit");
  }

  @Test
  void whatIsAnnouncedIsNotAllocated() throws IOException {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    MadeStream table = new MadeStream().head().start().size(2 * TIB).block("a", 2 * TIB);
    for (long page = 0; page < 1000; page++) {
      table.zero("a", page * 500_000);
    }
    byte[] pages = table.bytes();
    byte[] state =
        new MadeStream()
            .head()
            .table()
            .end()
            .eos()
            .u8(4, 0, 6)
            .be32(DeviceEnd.MOST_DESCRIPTION_BYTES)
            .text("{\"devices\": [")
            .bytes();
    byte[] size = new MadeStream().be64(1 << 20).u8(4).bytes();
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 3; i++) {
      List<Connection> peers = List.of(Pieces.of(pages), Pieces.of(state), Pieces.of(size));
      long before = threads.getCurrentThreadAllocatedBytes();
      assertThrows(BadInputException.class, () -> first(peers.get(0)).readRam(RamRecord.IGNORED));
      assertThrows(BadInputException.class, () -> all(peers.get(1)));
      assertThrows(BadInputException.class, () -> reader(peers.get(2)).readDevices());
      least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
    }
    System.out.println("announced 2 TiB, " + pages.length + " bytes: " + least + " bytes of heap");
    assertTrue(least < 64 * pages.length + (256 << 10), least + " bytes");
  }

  private StreamReader first(Connection connection) throws IOException {
    StreamReader reader = reader(connection);
    reader.readHead();
    assertFalse(reader.ignoresShared());
    return reader;
  }

  /** A sink that fails ends the reading. */
  @Test
  void whatTheSinkThrowsIsPassedOn() {
    RamSink full =
        new RamSink() {
          @Override
          public void layout(RamLayout layout) {}

          @Override
          public void page(int block, long page, MemorySegment content) throws IOException {
            throw new IOException("full");
          }

          @Override
          public void zero(int block, long page) {}
        };
    StreamReader reader = reader(MadeStream.whole());
    assertEquals(
        "full",
        assertThrows(
                IOException.class,
                () -> {
                  reader.readHead();
                  reader.readRam(full);
                })
            .getMessage());
  }
}
