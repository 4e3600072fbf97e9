package dev.cairn.tests.uffd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.store.Id;
import dev.cairn.store.io.Missing;
import dev.cairn.tools.uffd.Door;
import dev.cairn.tools.uffd.DoorEvent;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A source whose pages come later makes their faults wait, and no others. */
class UffdSourceTest {
  private static final int PAGES = 2048;
  private static final long CHECKPOINT = 3;

  private final Path socket;
  private final SlowSource source = new SlowSource(PAGES, CHECKPOINT);
  private final CountDownLatch listening = new CountDownLatch(1);
  private final CountDownLatch whole = new CountDownLatch(1);

  UffdSourceTest(@TempDir Path directory) {
    socket = directory.resolve("s");
  }

  @BeforeEach
  void userfaultfdIsThere() throws IOException {
    try {
      ClientCalls.create(ClientCalls.NONBLOCK);
    } catch (IOException e) {
      Missing.part("userfaultfd (" + e.getMessage() + ")");
    }
  }

  private CompletableFuture<Door.Outcome> serve(Door door) throws InterruptedException {
    CompletableFuture<Door.Outcome> outcome = new CompletableFuture<>();
    Thread.ofPlatform()
        .daemon()
        .start(
            () -> {
              try {
                outcome.complete(door.run());
              } catch (IOException | RuntimeException e) {
                outcome.completeExceptionally(e);
              }
            });
    assertTrue(listening.await(60, TimeUnit.SECONDS));
    return outcome;
  }

  private Door door(boolean prefills) throws IOException {
    return new Door(
        socket,
        source,
        new Id(1, 2),
        new Door.Options(true, prefills, 0),
        event -> {
          if (event instanceof DoorEvent.Listening) {
            listening.countDown();
          } else if (event instanceof DoorEvent.Whole) {
            whole.countDown();
          }
        });
  }

  @Test
  void aFaultWaitsForItsPageAndAnotherDoesNot() throws Exception {
    try (Door door = door(false)) {
      CompletableFuture<Door.Outcome> outcome = serve(door);
      source.arrive(100, 200);
      try (Vmm vmm = Vmm.start(socket, CHECKPOINT, PAGES, Vmm.SMALL);
          Vmm other = Vmm.start(socket, CHECKPOINT, PAGES, Vmm.SMALL)) {
        vmm.begin("page 7");
        assertEquals(7, source.asked().poll(60, TimeUnit.SECONDS), "it is asked for at once");
        assertTrue(vmm.isAtItAfter(50));
        for (int page = 100; page < 200; page++) {
          other.does("page " + page);
        }
        source.arrive(8, 20);
        assertTrue(vmm.isAtItAfter(50), "others have come");
        source.arrive(7, 8);
        vmm.isRight("page");
        vmm.begin("touch 8 1 1");
        for (int i = 0; i < PAGES; ) {
          Integer page = source.asked().poll(100, TimeUnit.MILLISECONDS);
          if (page != null) {
            source.arrive(page, page + 1);
          }
          i = page == null ? i + PAGES / 4 : 0;
        }
        vmm.isRight("touch");
      }
      Door.Outcome end = outcome.get(60, TimeUnit.SECONDS);
      assertEquals(0, end.stuck());
      assertNotNull(end.text());
    }
  }

  @Test
  void whatComesIsGivenAhead() throws Exception {
    try (Door door = door(true)) {
      CompletableFuture<Door.Outcome> outcome = serve(door);
      try (Vmm vmm = Vmm.start(socket, CHECKPOINT, PAGES, Vmm.HUGE)) {
        for (int page = PAGES - 64; page >= 0; page -= 64) {
          source.arrive(page, page + 64);
        }
        assertTrue(whole.await(60, TimeUnit.SECONDS));
        assertTrue(source.asked().isEmpty(), "nobody waited");
        vmm.does("touch 2 1 2");
      }
      assertEquals(0L, outcome.get(60, TimeUnit.SECONDS).numbers().get("faults"));
    }
  }
}
