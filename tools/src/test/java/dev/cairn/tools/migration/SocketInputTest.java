package dev.cairn.tools.migration;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.cairn.store.BadInputException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The bytes of a connection, and the pulse of who reads them. */
class SocketInputTest {
  private static final int BUFFER = 512;
  private final Arena arena = Arena.ofConfined();

  @AfterEach
  void free() {
    arena.close();
  }

  private SocketInput input(Connection connection) {
    return input(connection, SocketInput.Watch.NONE);
  }

  private SocketInput input(Connection connection, SocketInput.Watch watch) {
    return new SocketInput(connection, arena.allocate(BUFFER), watch);
  }

  private static byte[] counting(int length) {
    byte[] bytes = new byte[length];
    for (int i = 0; i < length; i++) {
      bytes[i] = (byte) (i * 7 + i / 256);
    }
    return bytes;
  }

  @Test
  void numbersAreBigEndianHoweverTheirBytesCome() throws IOException {
    byte[] bytes =
        new MadeStream().u8(0xfe).be16(0xfedc).be32(0xfedc_ba98L).be64(-2).name("x\u00e4").bytes();
    for (int length = 1; length <= bytes.length; length++) {
      SocketInput in = input(Pieces.cut(bytes, length));
      assertEquals(0xfe, in.u8("a"));
      assertEquals(0xfedc, in.be16("b"));
      assertEquals(0xfedc_ba98L, in.be32("c"));
      assertEquals(-2, in.be64("d"));
      assertEquals("x\u00e4", in.name("e"));
      assertEquals(bytes.length, in.position());
    }
  }

  @Test
  void bytesOfAnyLengthComeInOrder() throws IOException {
    byte[] bytes = counting(20_000);
    for (int piece : new int[] {1, 100, 511, 512, 513, 20_000}) {
      SocketInput in = input(Pieces.cut(bytes, piece));
      int at = 0;
      for (int length = 0; at + length <= bytes.length; length = length * 3 / 2 + 1) {
        MemorySegment into = length % 2 == 0 ? arena.allocate(length) : heap(length);
        in.read("bytes", into);
        for (int i = 0; i < length; i++) {
          assertEquals(bytes[at + i], into.get(ValueLayout.JAVA_BYTE, i));
        }
        at += length;
        assertEquals(at, in.position());
        in.skip("bytes", Math.min(700, bytes.length - at));
        at += Math.min(700, bytes.length - at);
      }
    }
  }

  private static MemorySegment heap(int length) {
    return MemorySegment.ofArray(new byte[length]);
  }

  @Test
  void muchGoesStraightToWhereItBelongs() throws IOException {
    Pieces pieces = Pieces.of(counting(4096));
    MemorySegment page = arena.allocate(4096);
    input(pieces).read("page", page);
    assertEquals(page.address(), pieces.asked.getFirst().address());
    assertEquals(4096, pieces.asked.getFirst().byteSize());
    assertArrayEquals(counting(4096), page.toArray(ValueLayout.JAVA_BYTE));
  }

  @Test
  void whatIsThereIsReadWithoutWaitingForMore() throws IOException {
    SocketInput in = input(Pieces.of(counting(3), counting(5)));
    MemorySegment into = heap(100);
    assertEquals(3, in.readSome("bytes", into));
    assertEquals(0, in.buffered());
    assertEquals(5, in.readSome("bytes", into));
    assertFalse(in.hasEnded());
    assertThrows(BadInputException.class, () -> in.readSome("bytes", into));
    assertTrue(in.hasEnded());
  }

  @Test
  void aPeerThatEndsIsAnErrorThatNamesWhatWasExpected() throws IOException {
    SocketInput in = input(Pieces.of(counting(3)));
    assertEquals(0, in.u8("one"));
    BadInputException e = assertThrows(BadInputException.class, () -> in.be32("the answer"));
    assertEquals(
        "the peer: the answer at offset 1: expected 4 bytes, found 2, then the end of the stream;"
            + " see what QEMU says (query-migrate, its log), and begin the migration anew",
        e.getMessage());
  }

  @Test
  void namesThatATerminalWouldObeyAreRefused() {
    for (String name : new String[] {"a\nb", "\u001b[2J", "\u0085"}) {
      SocketInput in = input(Pieces.of(new MadeStream().name(name).bytes()));
      assertThrows(BadInputException.class, () -> in.name("name"), name);
    }
    SocketInput in = input(Pieces.of(new byte[] {1, (byte) 0xff}));
    assertThrows(BadInputException.class, () -> in.name("name"));
  }

  /** A peer that makes the clock go on: 3 ms for a wait, 1 ms for a read. */
  private static final class Slow implements Connection {
    private long millis;
    private int silent;
    private long left;

    /** How long it was waited for, at most. */
    private final List<Duration> waits = new ArrayList<>();

    private Slow(int silent, long bytes) {
      this.silent = silent;
      this.left = bytes;
    }

    private long nanos() {
      return Duration.ofMillis(millis).toNanos();
    }

    @Override
    public boolean awaitInput(Duration most) {
      waits.add(most);
      if (silent > 0) {
        silent--;
        millis += most.toMillis();
        return false;
      }
      return true;
    }

    @Override
    public int read(MemorySegment into) {
      millis++;
      int count = (int) Math.min(left, Math.min(100, into.byteSize()));
      left -= count;
      return count;
    }

    @Override
    public void write(MemorySegment from) {}

    @Override
    public void shutdown() {}

    @Override
    public String name() {
      return "slow";
    }

    @Override
    public void close() {}
  }

  @Test
  void itBeatsWhileItWaits() throws IOException {
    Slow peer = new Slow(5, 100);
    List<Long> beats = new ArrayList<>();
    SocketInput.Watch watch =
        new SocketInput.Watch(() -> beats.add(peer.millis), Duration.ofMillis(250), peer::nanos);
    SocketInput in = input(peer, watch);
    assertEquals(0, in.u8("byte"));
    assertEquals(List.of(250L, 500L, 750L, 1000L, 1250L), beats);
    assertEquals(Duration.ofMillis(250), peer.waits.getLast());
  }

  @Test
  void itBeatsAsOftenWhileBytesCome() throws IOException {
    Slow peer = new Slow(0, 100_000);
    List<Long> beats = new ArrayList<>();
    SocketInput.Watch watch =
        new SocketInput.Watch(() -> beats.add(peer.millis), Duration.ofMillis(10), peer::nanos);
    input(peer, watch).skip("bytes", 100_000);
    assertEquals(1000, peer.millis);
    assertEquals(99, beats.size());
  }

  @Test
  void aPulseMayEndTheReading() {
    Slow peer = new Slow(1, 100);
    SocketInput.Watch watch =
        new SocketInput.Watch(
            () -> {
              throw new IOException("no more");
            },
            Duration.ofMillis(10),
            peer::nanos);
    SocketInput in = input(peer, watch);
    assertEquals("no more", assertThrows(IOException.class, () -> in.u8("byte")).getMessage());
  }

  /** Pages by the thousand leave nothing behind on the heap. */
  @Test
  void nothingIsAllocatedForAPage() throws IOException {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    int pages = 20_000;
    MadeStream made = new MadeStream().head().start().size(1L << 30).block("a", 1L << 30).eos();
    made.part().zero("a", 0);
    for (int i = 1; i < pages; i++) {
      made.zero(i);
    }
    byte[] bytes = made.eos().end().eos().bytes();
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 3; i++) {
      StreamReader reader =
          new StreamReader(
              new SocketInput(Pieces.of(bytes), arena.allocate(256 << 10), SocketInput.Watch.NONE),
              StreamCommands.NONE);
      long before = threads.getCurrentThreadAllocatedBytes();
      reader.readHead();
      reader.readRam(RamRecord.IGNORED);
      least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
    }
    System.out.println(pages + " pages: " + least + " bytes of heap");
    assertTrue(least < 2L * pages, least + " bytes for " + pages + " pages");
  }
}
