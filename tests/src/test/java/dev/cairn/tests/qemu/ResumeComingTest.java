package dev.cairn.tests.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.tests.Child;
import dev.cairn.tests.VectorStore;
import dev.cairn.tests.read.ComingStore;
import dev.cairn.tests.read.FakeOwner;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Real QEMUs run on a point most of which has not come. */
@Timeout(600)
class ResumeComingTest {
  /** The guest of the newest vector had counted to 9. */
  private static final int NEXT = 10;

  private final Path directory;
  private final ComingStore coming;
  private final FakeOwner owner;

  ResumeComingTest(@TempDir Path directory) throws IOException, InterruptedException {
    this.directory = directory;
    coming = new ComingStore(new VectorStore(directory).path());
    owner = coming.owner();
  }

  @BeforeEach
  void live() throws IOException {
    owner.keepAll();
    owner.live();
  }

  @AfterEach
  void close() throws IOException {
    coming.close();
  }

  private Child resume(Guest guest, String... options) throws IOException {
    String[] words = new String[5 + options.length];
    words[0] = "--store";
    words[1] = coming.path().toString();
    words[2] = "resume";
    words[3] = "vm@3";
    words[4] = "--qmp=unix:" + guest.socket();
    System.arraycopy(options, 0, words, 5, options.length);
    return Child.cairn(directory, words);
  }

  /** Gives what somebody waits for, and nothing else, until it is stopped. */
  private Thread giveWhatIsFaulted(AtomicBoolean stopped) {
    return Thread.ofPlatform()
        .start(
            () -> {
              try {
                while (!stopped.get()) {
                  FakeOwner.Asked asked = owner.asked().poll(50, TimeUnit.MILLISECONDS);
                  if (asked != null && asked.urgent()) {
                    int from = (int) asked.page();
                    owner.arrive(asked.block(), from, from + asked.count());
                  }
                }
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
  }

  private static void assertCountsOn(Guest guest) throws IOException, InterruptedException {
    guest.awaitNextCount();
    assertEquals(NEXT, guest.counts().getFirst(), guest.said());
    guest.assertUnbroken();
  }

  @ParameterizedTest
  @ValueSource(strings = {"qemu10", "qemu11"})
  void theGuestCountsOnWhileAllThatItDoesNotTouchIsMissing(String version)
      throws IOException, InterruptedException {
    AtomicBoolean stopped = new AtomicBoolean();
    try (Guest guest = Guest.of(version).incoming("defer").start();
        Child child = resume(guest, "--postcopy")) {
      Thread giver = giveWhatIsFaulted(stopped);
      try {
        guest.awaitCount(NEXT + 4);
        assertCountsOn(guest);
        assertFalse(child.hasEndedWithin(0), "most has not come: " + child.said());
      } finally {
        stopped.set(true);
        giver.join();
      }
      owner.cut();
      owner.arriveAll();
      assertTrue(child.await(0).contains("resumed: "), child.said());
      assertCountsOn(guest);
    }
  }

  /** The owner dies; the source of the postcopy, too; then all is here, and another goes on. */
  @ParameterizedTest
  @ValueSource(strings = {"qemu10", "qemu11"})
  void whoeverDiesTheGuestWaitsAndGoesOn(String version) throws IOException, InterruptedException {
    AtomicBoolean stopped = new AtomicBoolean();
    Thread giver = giveWhatIsFaulted(stopped);
    try (Guest guest = Guest.of(version).incoming("defer").start()) {
      try (Child child = resume(guest, "--postcopy")) {
        guest.awaitCount(NEXT + 1);
        owner.die();
        owner.live();
        guest.awaitNextCount();
        child.kill();
      }
      try (Child child = resume(guest, "--recover")) {
        child.awaitWord("the guest goes on");
        guest.awaitNextCount();
        stopped.set(true);
        giver.join();
        coming.commit();
        owner.die();
        assertTrue(child.await(0).contains("recovered once"), child.said());
      }
      assertCountsOn(guest);
    } finally {
      stopped.set(true);
      giver.join();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"qemu10", "qemu11"})
  void precopyWaitsForWhatIsMissing(String version) throws IOException, InterruptedException {
    try (Guest guest = Guest.of(version).incoming("defer").start();
        Child child = resume(guest, "--run")) {
      child.awaitWord("feeding");
      owner.arrive(0, 0, 8192);
      assertFalse(child.hasEndedWithin(100_000), "half of it has not come");
      owner.arriveAll();
      assertTrue(child.await(0).contains("resumed: "), child.said());
      guest.awaitCount(NEXT + 1);
      assertCountsOn(guest);
    }
  }
}
