package dev.cairn.tests.serve;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.chain.Chain;
import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.Edit;
import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.chain.manifest.Hold;
import dev.cairn.store.file.Point;
import dev.cairn.transport.link.ClientSettings;
import dev.cairn.transport.link.FailureException;
import dev.cairn.transport.link.LinkEvents;
import dev.cairn.transport.link.LinkSettings;
import dev.cairn.transport.send.Sender;
import dev.cairn.transport.source.Offer;
import dev.cairn.transport.wire.Abilities;
import dev.cairn.transport.wire.ErrorCode;
import dev.cairn.transport.wire.Message;
import dev.cairn.transport.wire.Versions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A point is offered, fetched, and taken, through cuts. */
class SendTest {
  private final Path directory;
  private final TestServer here;
  private final TestServer there;
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private final List<String> told = Collections.synchronizedList(new ArrayList<>());

  SendTest(@TempDir Path directory) throws IOException {
    this.directory = directory;
    // OPEN is for once a second, and the taker tries more than one.
    here = new TestServer(Files.createDirectory(directory.resolve("here")), TestClock.hasty());
    there = new TestServer(Files.createDirectory(directory.resolve("there")), new TestClock());
    here.fill("vm", 4);
  }

  @AfterEach
  void close() throws IOException {
    here.close();
    there.close();
    timer.shutdownNow();
  }

  private List<Hold> holds() throws IOException {
    try (Chain chain = here.store().open("vm")) {
      return chain.manifest().marks().holds();
    }
  }

  private Message.Taken send(TestTaker taker, long number) throws IOException {
    there.take(taker);
    String uri = there.tcp().toString();
    Message.Offer message;
    try (Chain chain = here.store().open("vm");
        ChainSnapshot snapshot = chain.snapshot()) {
      Point point = snapshot.point(number);
      message =
          new Message.Offer(
              number,
              point.id(),
              snapshot.manifest().identity().chain(),
              snapshot.manifest().pageSize(),
              false,
              "copy");
    }
    Sender.Target target =
        new Sender.Target(
            there.tcp(),
            LinkSettings.standard(timer, LinkEvents.NONE),
            new ClientSettings(Abilities.standard(2, "test"), Versions.known(), Optional.empty()));
    return new Sender(
            here.source(),
            new Offer("vm", number, message.checkpoint(), false, uri),
            message,
            target,
            new Told())
        .run();
  }

  private final class Told implements Sender.Events {
    @Override
    public void progress(long certified, long all) {
      told.add(certified + " of " + all);
    }

    @Override
    public void lost(IOException why) {
      told.add("lost");
    }

    @Override
    public void back() {
      told.add("back");
    }
  }

  @Test
  void whatIsOfferedIsFetchedThroughCutsAndThenHeldNoMore() throws IOException {
    TestTaker taker = new TestTaker(2, Optional.empty());
    Message.Taken taken = send(taker, 3);
    assertEquals(3, taken.point());
    assertEquals(3, taker.sessions());
    assertEquals(2, Collections.frequency(told, "back"));
    assertEquals(2, Collections.frequency(told, "lost"));
    assertTrue(told.stream().anyMatch(line -> line.contains(" of ")), told::toString);
    assertTrue(taker.said().get(0) instanceof Message.Opened);
    assertTrue(taker.said().get(1) instanceof Message.Held);
    assertTrue(taker.said().get(2) instanceof Message.Held);
    Path chain = directory.resolve("here/store/chains/vm");
    for (Map.Entry<FileEntry, byte[]> file : taker.files().entrySet()) {
      assertArrayEquals(
          Files.readAllBytes(chain.resolve(file.getKey().name().text())), file.getValue());
    }
    assertEquals(List.of(), holds());
  }

  @Test
  void whatIsRefusedForGoodIsHeldNoMore() throws IOException {
    try (Chain chain = here.store().open("vm")) {
      chain.commit(List.of(new Edit.TakeHold("mine", 3, "cairn resume")), List.of());
    }
    FailureException failure =
        assertThrows(
            FailureException.class, () -> send(new TestTaker(0, Optional.of(ErrorCode.BUSY)), 3));
    assertEquals(ErrorCode.BUSY, failure.code());
    assertEquals(List.of("mine"), holds().stream().map(Hold::token).toList());
  }

  @Test
  void whatFailsThereStaysHeld() throws IOException {
    FailureException failure =
        assertThrows(
            FailureException.class, () -> send(new TestTaker(0, Optional.of(ErrorCode.FAILED)), 3));
    assertEquals(ErrorCode.FAILED, failure.code());
    assertEquals("send " + there.tcp(), holds().getFirst().owner());
    send(new TestTaker(0, Optional.empty()), 3); // sent again it goes on
    assertEquals(List.of(), holds());
  }

  @Test
  void whereNobodyAnswersIsToldAtOnce() throws IOException {
    there.close();
    assertThrows(IOException.class, () -> send(new TestTaker(0, Optional.empty()), 3));
    assertEquals(List.of(), told);
  }
}
