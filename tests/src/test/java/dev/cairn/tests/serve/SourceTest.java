package dev.cairn.tests.serve;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.chain.Chain;
import dev.cairn.chain.Edit;
import dev.cairn.chain.Incoming;
import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.chain.manifest.Hold;
import dev.cairn.chain.manifest.IncomingState;
import dev.cairn.chain.manifest.Manifest;
import dev.cairn.chain.manifest.PointSet;
import dev.cairn.merge.Merger;
import dev.cairn.store.Id;
import dev.cairn.tests.NumberedMemory;
import dev.cairn.tests.SmallPolicies;
import dev.cairn.tests.WholeImage;
import dev.cairn.transport.link.Answer;
import dev.cairn.transport.link.LinkLostException;
import dev.cairn.transport.wire.ErrorCode;
import dev.cairn.transport.wire.Message;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a receiver gets from a source, request by request, over real links. */
class SourceTest {
  private static final int PAGE = NumberedMemory.PAGE_SIZE;

  private final Path directory;
  private final TestClock clock = new TestClock();
  private final TestServer server;

  SourceTest(@TempDir Path directory) throws IOException {
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

  private Manifest manifest(String chain) throws IOException {
    try (Chain open = server.store().open(chain)) {
      return open.manifest();
    }
  }

  private List<Hold> holds() throws IOException {
    return manifest("vm").marks().holds();
  }

  /** Reads a file of the chain as it lies on the disk. */
  private byte[] file(FileEntry entry) throws IOException {
    return Files.readAllBytes(directory.resolve("store/chains/vm").resolve(entry.name().text()));
  }

  /** Fetches a file whole, in requests of the longest kind and one that is odd. */
  private static byte[] fetch(TestReceiver receiver, FileEntry entry) throws IOException {
    byte[] bytes = new byte[(int) entry.length()];
    for (int at = 0; at < bytes.length; ) {
      int length = Math.min(at == 0 ? 300_001 : Message.MOST_FETCH, bytes.length - at);
      System.arraycopy(receiver.fetch(entry.fileId(), at, length), 0, bytes, at, length);
      at += length;
    }
    return bytes;
  }

  private void nextOpen() {
    clock.advance(Duration.ofSeconds(1));
  }

  @Test
  void lookTellsOfAPointAndTakesNoHold() throws IOException {
    try (TestReceiver receiver = new TestReceiver(server.tcp())) {
      Message.Seen latest = receiver.look("vm", "latest");
      assertEquals(
          new Message.Seen(6, server.id(6), manifest("vm").identity().chain(), PAGE), latest);
      assertEquals(3, receiver.look("vm", "3").point());
      String id = server.id(2).toString();
      Message.Seen seen = (Message.Seen) receiver.ask(new Message.Look(true, "vm", id)).head();
      assertEquals(2, seen.point());
      receiver.refused(ErrorCode.NO_SUCH, new Message.Look(false, "vm", "7"));
      receiver.refused(ErrorCode.NO_SUCH, new Message.Look(false, "vm", "no such label"));
      receiver.refused(ErrorCode.NO_SUCH, new Message.Look(true, "vm", "0".repeat(32)));
      receiver.refused(ErrorCode.NO_SUCH, new Message.Look(false, "other", "latest"));
      receiver.refused(ErrorCode.NO_SUCH, new Message.Look(false, "../vm", "latest"));
      receiver.refused(ErrorCode.NO_SUCH, new Message.Look(false, "", "latest"));
    }
    assertEquals(List.of(), holds());
  }

  @Test
  void whatIsOpenedIsHeldAndEveryByteOfItIsServed() throws IOException {
    try (TestReceiver receiver = new TestReceiver(server.unix())) {
      Manifest coming = receiver.open("t1", "vm", "4");
      assertEquals(4, coming.tip().orElseThrow().number());
      assertEquals("serve uid:" + uid(), holds().getFirst().owner());
      assertEquals(4, holds().getFirst().point());
      for (FileEntry entry : coming.files()) {
        assertArrayEquals(file(entry), fetch(receiver, entry), entry.name().text());
      }
      receiver.release("t1", "vm");
      assertEquals(List.of(), holds());
      FileEntry any = coming.files().getFirst();
      TestReceiver.refused(ErrorCode.NO_SUCH, () -> receiver.fetch(any.fileId(), 0, 1));
    }
  }

  private static String uid() throws IOException {
    return Files.getAttribute(Path.of("/proc/self"), "unix:uid").toString();
  }

  @Test
  void heldFilesAreServedWhateverBecomesOfTheChain() throws IOException {
    Map<FileEntry, byte[]> before = new HashMap<>();
    try (TestReceiver receiver = new TestReceiver(server.tcp())) {
      Manifest coming = receiver.open("t1", "vm", "5");
      for (FileEntry entry : coming.files()) {
        before.put(entry, file(entry));
      }
      FileEntry opened = coming.files().getFirst();
      assertArrayEquals(before.get(opened), fetch(receiver, opened));
      try (Chain chain = server.store().open("vm")) {
        new Merger(chain, SmallPolicies.ALL).compact();
        chain.commit(
            List.of(new Edit.Forget(PointSet.of(List.of(new PointSet.Range(0, 3))))), List.of());
        new Merger(chain, SmallPolicies.ALL).compact();
        TestServer.checkpoint(chain, new WholeImage(TestServer.MEMORY.at(7)));
        new Merger(chain, SmallPolicies.ALL).compact();
      }
      assertFalse(manifest("vm").marks().dropped().isEmpty(), "something was merged away");
      for (FileEntry entry : coming.files()) {
        assertArrayEquals(before.get(entry), fetch(receiver, entry), entry.name().text());
      }
      server.restart();
    }
    try (TestReceiver again = new TestReceiver(server.tcp())) {
      FileEntry any = before.keySet().iterator().next();
      TestReceiver.refused(ErrorCode.NO_SUCH, () -> again.fetch(any.fileId(), 0, 1));
      assertEquals(new Message.Held(5, server.id(5)), again.hold("t1", "vm"));
      for (FileEntry entry : before.keySet()) {
        assertArrayEquals(before.get(entry), fetch(again, entry), entry.name().text());
      }
      again.release("t1", "vm");
    }
    for (FileEntry entry : before.keySet()) {
      boolean named = manifest("vm").file(entry.fileId()).isPresent();
      Path path = directory.resolve("store/chains/vm").resolve(entry.name().text());
      assertEquals(named, Files.exists(path), "nobody holds it any more: " + path);
    }
  }

  @Test
  void openWithATokenThatIsThereTakesANewHoldInItsPlace() throws IOException {
    try (TestReceiver receiver = new TestReceiver(server.tcp())) {
      receiver.open("t1", "vm", "2");
      nextOpen();
      receiver.open("t1", "vm", "latest");
      assertEquals(1, holds().size());
      assertEquals(6, holds().getFirst().point());
      try (Chain chain = server.store().open("vm")) {
        chain.commit(List.of(new Edit.TakeHold("theirs", 1, "somebody else")), List.of());
      }
      nextOpen();
      receiver.refused(ErrorCode.BUSY, new Message.Open("theirs", false, false, "vm", "1"));
      receiver.refused(ErrorCode.NO_SUCH, new Message.Hold("theirs", "vm"));
      receiver.refused(ErrorCode.NO_SUCH, new Message.Release("theirs", "vm"));
      receiver.refused(ErrorCode.NO_SUCH, new Message.Hold("unknown", "vm"));
      assertEquals(2, holds().size());
    }
  }

  @Test
  void openIsOnceASecondAndAClientHasAtMostEightHolds() throws IOException {
    try (TestReceiver receiver = new TestReceiver(server.tcp())) {
      receiver.open("t0", "vm", "0");
      receiver.refused(ErrorCode.TOO_MUCH, new Message.Open("t1", false, false, "vm", "1"));
      // To come again is no way around it.
      try (TestReceiver other = new TestReceiver(server.tcp())) {
        other.refused(ErrorCode.TOO_MUCH, new Message.Open("t1", false, false, "vm", "1"));
      }
      for (int i = 1; i < 8; i++) {
        nextOpen();
        receiver.open("t" + i, "vm", "1");
      }
      nextOpen();
      receiver.refused(ErrorCode.TOO_MUCH, new Message.Open("t8", false, false, "vm", "1"));
      nextOpen();
      receiver.open("t7", "vm", "2"); // one that is there is none more
      receiver.release("t3", "vm");
      nextOpen();
      receiver.open("t8", "vm", "1");
      assertEquals(8, holds().size());
    }
  }

  /** What another process lets go makes room, and what a server before has held takes it. */
  @Test
  void holdsOfAServerBeforeCountAndThoseThatOthersLetGoDoNot() throws IOException {
    server.fill("second", 1);
    try (Chain vm = server.store().open("vm");
        Chain second = server.store().open("second")) {
      for (int i = 0; i < 7; i++) {
        vm.commit(List.of(new Edit.TakeHold("old" + i, 1, "serve -")), List.of());
      }
      second.commit(List.of(new Edit.TakeHold("old0", 0, "serve -")), List.of());
      try (TestReceiver receiver = new TestReceiver(server.tcp())) {
        receiver.refused(ErrorCode.TOO_MUCH, new Message.Open("t1", false, false, "vm", "1"));
        second.commit(List.of(new Edit.ReleaseHold("old0")), List.of());
        nextOpen();
        receiver.open("t1", "vm", "1");
        nextOpen();
        receiver.refused(ErrorCode.TOO_MUCH, new Message.Open("t2", false, false, "vm", "1"));
        vm.commit(List.of(new Edit.ReleaseHold("t1")), List.of());
        nextOpen();
        receiver.open("t2", "vm", "1");
      }
    }
  }

  @Test
  void onlyLeavesOnePointOfTheStateToCome() throws IOException {
    try (TestReceiver receiver = new TestReceiver(server.tcp())) {
      Manifest coming = receiver.open(new Message.Open("t1", true, false, "vm", "3"));
      for (long point = 0; point < 3; point++) {
        assertTrue(coming.marks().forgotten().contains(point), "point " + point);
      }
      assertFalse(coming.marks().forgotten().contains(3));
      String id = server.id(2).toString();
      nextOpen();
      Manifest byId = receiver.open(new Message.Open("t2", false, true, "vm", id));
      assertEquals(2, byId.tip().orElseThrow().number());
    }
  }

  @Test
  void whatAClientMayNotSeeDoesNotExistForIt() throws IOException {
    try (TestReceiver receiver = new TestReceiver(server.tcp())) {
      Manifest coming = receiver.open("t1", "vm", "3");
      FileEntry any = coming.files().getFirst();
      receiver.fetch(any.fileId(), 0, 16);
      server.hide("vm");
      clock.advance(Duration.ofSeconds(1));
      Message.Look hidden = new Message.Look(false, "vm", "3");
      Message.Look absent = new Message.Look(false, "no", "3");
      assertEquals(
          receiver.refused(ErrorCode.NO_SUCH, absent).failure().what().replace("no chain no", ""),
          receiver.refused(ErrorCode.NO_SUCH, hidden).failure().what().replace("no chain vm", ""));
      receiver.refused(ErrorCode.NO_SUCH, new Message.Open("t2", false, false, "vm", "3"));
      receiver.refused(ErrorCode.NO_SUCH, new Message.Hold("t1", "vm"));
      receiver.refused(ErrorCode.NO_SUCH, new Message.Release("t1", "vm"));
      TestReceiver.refused(ErrorCode.NO_SUCH, () -> receiver.fetch(any.fileId(), 0, 16));
      Id id = coming.tip().orElseThrow().id();
      receiver.refused(ErrorCode.NO_SUCH, new Message.Point(id));
      TestReceiver.refused(ErrorCode.NO_SUCH, () -> receiver.pages(id, 0, 0, 1));
    }
  }

  @Test
  void whoOpensAgainBeforeItHasItsAnswerIsCut() throws IOException {
    try (TestReceiver receiver = new TestReceiver(server.tcp());
        TestReceiver other = new TestReceiver(server.unix())) {
      assertThrows(
          LinkLostException.class,
          () -> {
            while (true) {
              receiver
                  .group()
                  .control()
                  .ask(new Message.Open("t1", false, false, "vm", "1"), new Ignored());
            }
          });
      receiver.awaitLost();
      assertEquals(6, other.look("vm", "latest").point(), "others are undisturbed");
    }
  }

  /** Does not look at what comes. */
  private static final class Ignored implements Answer {
    @Override
    public void head(Message message) {}

    @Override
    public void bytes(MemorySegment bytes) {}

    @Override
    public void done() {}

    @Override
    public void failed(IOException why) {}
  }

  @Test
  void requestsThatCannotBeAreRefusedAndTheLinkGoesOn() throws IOException {
    try (TestReceiver receiver = new TestReceiver(server.tcp())) {
      Manifest coming = receiver.open("t1", "vm", "3");
      FileEntry file = coming.files().getFirst();
      long end = file.length();
      TestReceiver.refused(ErrorCode.CANNOT_BE, () -> receiver.fetch(file.fileId(), end, 1));
      TestReceiver.refused(ErrorCode.CANNOT_BE, () -> receiver.fetch(file.fileId(), end - 1, 2));
      TestReceiver.refused(
          ErrorCode.CANNOT_BE, () -> receiver.fetch(file.fileId(), Long.MAX_VALUE - 100, 100));
      TestReceiver.refused(ErrorCode.NO_SUCH, () -> receiver.fetch(4711, 0, 1));
      assertEquals(1, receiver.fetch(file.fileId(), end - 1, 1).length);
      Id id = server.id(3);
      TestReceiver.refused(ErrorCode.CANNOT_BE, () -> receiver.pages(id, 1, 0, 1));
      TestReceiver.refused(ErrorCode.CANNOT_BE, () -> receiver.pages(id, 0, TestServer.PAGES, 1));
      TestReceiver.refused(
          ErrorCode.CANNOT_BE, () -> receiver.pages(id, 0, TestServer.PAGES - 1, 2));
      TestReceiver.refused(
          ErrorCode.CANNOT_BE, () -> receiver.pages(id, 0, Long.MAX_VALUE - 10, 10));
      SourcePointsTest.requirePages(
          3, receiver.pages(id, 0, TestServer.PAGES - 1, 1), TestServer.PAGES - 1);
    }
  }

  @Test
  void aChainThatIsComingIsNotYetThere() throws IOException {
    server.store().create("coming", PAGE).close();
    try (TestReceiver receiver = new TestReceiver(server.tcp())) {
      receiver.refused(ErrorCode.NO_SUCH, new Message.Look(false, "coming", "latest"));
      try (Chain chain = server.store().open("coming");
          Incoming incoming = Incoming.open(chain)) {
        incoming.ask(false, List.of(new IncomingState.Source("t", "tcp:192.0.2.1:7420")));
      }
      receiver.refused(ErrorCode.NOT_YET, new Message.Look(false, "coming", "latest"));
      receiver.refused(ErrorCode.NOT_YET, new Message.Open("t", false, false, "coming", "latest"));
    }
  }

  @Test
  void holdsThatNobodyUsesEndAndOthersAreTouched() throws IOException {
    try (TestReceiver gone = new TestReceiver(server.tcp())) {
      gone.open("gone", "vm", "1");
    }
    try (TestReceiver receiver = new TestReceiver(server.tcp())) {
      nextOpen();
      receiver.open("used", "vm", "2");
      try (Chain chain = server.store().open("vm")) {
        chain.commit(List.of(new Edit.TakeHold("mine", 3, "cairn resume")), List.of());
      }
      clock.advance(Duration.ofDays(8));
      server.restart(); // use was not written down: nobody knows of it now
      server.source().keepHolds();
      assertEquals(3, holds().size(), "an hour is given");
    }
    try (TestReceiver receiver = new TestReceiver(server.tcp())) {
      receiver.hold("used", "vm");
      clock.advance(Duration.ofHours(1));
      server.source().keepHolds();
      assertEquals(List.of("used", "mine"), holds().stream().map(Hold::token).toList(), "tokens");
      assertEquals(clock.instant().truncatedTo(ChronoUnit.SECONDS), holds().getFirst().time());
      assertEquals(1, server.source().counters().holdsExpired());
      assertTrue(
          server.log().stream().anyMatch(line -> line.contains("gone")), server.log()::toString);
      long generation = manifest("vm").generation();
      clock.advance(Duration.ofMinutes(30));
      server.source().keepHolds();
      assertEquals(generation, manifest("vm").generation(), "at most once an hour");
    }
  }
}
