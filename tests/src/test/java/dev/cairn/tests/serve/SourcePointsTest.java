package dev.cairn.tests.serve;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.chain.Chain;
import dev.cairn.chain.PageImage;
import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.merge.Merger;
import dev.cairn.store.DeviceSection;
import dev.cairn.store.DeviceState;
import dev.cairn.store.Id;
import dev.cairn.store.RamLayout;
import dev.cairn.tests.NumberedMemory;
import dev.cairn.tests.SmallPolicies;
import dev.cairn.tests.WholeImage;
import dev.cairn.transport.link.Link;
import dev.cairn.transport.wire.ErrorCode;
import dev.cairn.transport.wire.Message;
import dev.cairn.transport.wire.PageEntries;
import dev.cairn.transport.wire.PointHead;
import dev.cairn.transport.wire.PointHeadBytes;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a receiver gets of points: pages, and what a guest starts with; over real links. */
class SourcePointsTest {
  private static final int PAGE = NumberedMemory.PAGE_SIZE;

  private final Path directory;
  private final TestClock clock = new TestClock();
  private final TestServer server;

  SourcePointsTest(@TempDir Path directory) throws IOException {
    this.directory = directory;
    this.server = new TestServer(directory, clock);
  }

  @BeforeEach
  void fill() throws IOException {
    server.fill("vm", 6);
  }

  @AfterEach
  void close() throws IOException {
    server.close();
  }

  private FileEntry base() throws IOException {
    try (Chain open = server.store().open("vm")) {
      return open.manifest().base().orElseThrow();
    }
  }

  @Test
  void pagesOfEveryRetainedPointAreServedByItsId() throws IOException {
    try (TestReceiver receiver = new TestReceiver(server.tcp())) {
      TestReceiver.refused(ErrorCode.NO_SUCH, () -> receiver.pages(server.id(4), 0, 0, 1));
      receiver.open("t1", "vm", "3");
      for (long point : new long[] {3, 0, 6, 2, 5, 1, 4, 3}) {
        Link data = receiver.group().data().getFirst();
        requirePages(point, receiver.pages(server.id(point), 0, 0, TestServer.PAGES), 0);
        requirePages(point, receiver.pages(data, server.id(point), 0, 60, 70), 60);
        for (int page = 0; page < 20; page++) {
          requirePages(point, receiver.pages(server.id(point), 0, page, 1), page);
        }
      }
      try (Chain chain = server.store().open("vm")) {
        new Merger(chain, SmallPolicies.ALL).compact();
        TestServer.checkpoint(chain, new WholeImage(TestServer.MEMORY.at(7)));
      }
      clock.advance(Duration.ofSeconds(1));
      requirePages(7, receiver.pages(server.id(7), 0, 5, 9), 5);
      requirePages(3, receiver.pages(server.id(3), 0, 5, 9), 5);
    }
  }

  static void requirePages(long point, TestReceiver.Pages pages, int first) {
    byte[] memory = TestServer.MEMORY.at(point);
    int at = 0;
    for (int i = 0; i < pages.kinds().length; i++) {
      byte[] page = Arrays.copyOfRange(memory, (first + i) * PAGE, (first + i + 1) * PAGE);
      CRC32C crc = new CRC32C();
      crc.update(page);
      assertEquals((int) crc.getValue(), pages.crcs()[i], "CRC of page " + (first + i));
      boolean zero = Arrays.equals(page, new byte[PAGE]);
      assertEquals(zero ? PageEntries.ZERO : PageEntries.PLAIN, pages.kinds()[i]);
      if (!zero) {
        assertArrayEquals(page, Arrays.copyOfRange(pages.bytes(), at, at + PAGE));
        at += PAGE;
      }
    }
    assertEquals(at, pages.bytes().length);
  }

  @Test
  void pointIsWhatAGuestNeedsToStart() throws IOException {
    try (TestReceiver receiver = new TestReceiver(server.tcp())) {
      receiver.open("t1", "vm", "3");
      TestReceiver.Answered answered = receiver.ask(new Message.Point(server.id(2)));
      Message.PointIs head = (Message.PointIs) answered.head();
      assertEquals(2, head.point());
      PointHead point =
          PointHeadBytes.read(Arrays.copyOf(answered.stream(), head.length()), head.pageSize());
      assertEquals(new WholeImage(TestServer.MEMORY.at(2)).layout(), point.layout());
      assertEquals(head.length() + point.sectionBytes(), answered.stream().length);
      receiver.refused(ErrorCode.NO_SUCH, new Message.Point(new Id(1, 2)));
    }
  }

  /** A machine with some state beside its memory. */
  private record Stated(PageImage image, DeviceState deviceState) implements PageImage {
    @Override
    public RamLayout layout() {
      return image.layout();
    }

    @Override
    public void presentRuns(int block, long from, long to, RunVisitor visitor) throws IOException {
      image.presentRuns(block, from, to, visitor);
    }

    @Override
    public void read(int block, long page, MemorySegment into) throws IOException {
      image.read(block, page, into);
    }

    @Override
    public void close() throws IOException {
      image.close();
    }
  }

  @Test
  void deviceStateComesSectionBySectionBehindItsHeads() throws IOException {
    byte[] noise = new byte[8 << 20];
    new Random(1).nextBytes(noise);
    DeviceState state =
        new DeviceState(
            List.of(
                new DeviceSection("noise", 1, noise),
                new DeviceSection("empty", 2, new byte[0]),
                new DeviceSection("zeros", 3, new byte[40 << 20])));
    try (Chain chain = server.store().open("vm")) {
      TestServer.checkpoint(chain, new Stated(new WholeImage(TestServer.MEMORY.at(7)), state));
    }
    try (TestReceiver receiver = new TestReceiver(server.tcp())) {
      receiver.open("t1", "vm", "latest");
      TestReceiver.Answered answered = receiver.ask(new Message.Point(server.id(7)));
      Message.PointIs head = (Message.PointIs) answered.head();
      byte[] all = answered.stream();
      PointHead point = PointHeadBytes.read(Arrays.copyOf(all, head.length()), head.pageSize());
      int at = head.length();
      for (int i = 0; i < 3; i++) {
        DeviceSection section = state.sections().get(i);
        PointHead.Section told = point.sections().get(i);
        assertEquals(
            new PointHead.Section(
                section.name(), section.version(), section.crc(), section.length()),
            told);
        assertArrayEquals(section.content(), Arrays.copyOfRange(all, at, at += section.length()));
      }
      assertEquals(all.length, at);
    }
  }

  @Test
  void damageIsToldAndNotServedAsPages() throws IOException {
    try (TestReceiver receiver = new TestReceiver(server.tcp())) {
      receiver.open("t1", "vm", "0");
      FileEntry base = base();
      Path path = directory.resolve("store/chains/vm").resolve(base.name().text());
      byte[] bytes = Files.readAllBytes(path);
      byte[] memory = TestServer.MEMORY.at(0);
      int page = 0;
      while (memory[page * PAGE + 20] == 0) {
        page++;
      }
      bytes[(1 << 20) + page * PAGE + 20] ^= 1;
      Files.write(path, bytes);
      int damaged = page;
      TestReceiver.refused(ErrorCode.DAMAGED, () -> receiver.pages(server.id(0), 0, damaged, 1));
      assertTrue(
          server.log().stream().anyMatch(line -> line.contains("page CRC")),
          server.log()::toString);
    }
  }
}
