package dev.cairn.tests.uffd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.store.io.Missing;
import dev.cairn.tests.Child;
import dev.cairn.tools.linux.Pidfd;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever dies, a VM that lives waits, and never sees a wrong byte. */
class UffdKillTest {
  private static final int ROUNDS = 7;

  private final Path directory;
  private final UffdStore store;
  private final long seed = Long.getLong("tests.seed", System.nanoTime());
  private final Random random = new Random(seed);

  UffdKillTest(@TempDir Path directory) throws IOException {
    this.directory = directory;
    this.store = new UffdStore(directory);
  }

  @BeforeEach
  void userfaultfdIsThere() throws IOException {
    System.out.println("-Dtests.seed=" + seed);
    try {
      ClientCalls.create(ClientCalls.NONBLOCK);
    } catch (IOException e) {
      Missing.part("userfaultfd (" + e.getMessage() + ")");
    }
  }

  @AfterEach
  void noKeeperIsLeft() {
    store.killKeepers();
  }

  @Test
  void aServerThatIsKilledAnywhereIsReplaced() throws IOException, InterruptedException {
    int resumed = 0;
    for (int round = 0; round < ROUNDS; round++) {
      String ahead = round % 3 == 0 ? "--no-prefill" : "--limit-rate=16M";
      int unit = round % 4 == 3 ? Vmm.HUGE : Vmm.SMALL;
      Child server = store.serve("vm@2", ahead);
      try (Vmm vmm = Vmm.start(store.socket(), 2, UffdStore.PAGES, unit)) {
        for (int kill = 0; kill < 3; kill++) {
          boolean churns = random.nextBoolean();
          vmm.begin(
              churns ? "churn 1500 " + random.nextInt(1000) : "touch 3 3 " + random.nextInt(1000));
          server.hasEndedWithin(random.nextLong(60_000));
          server.kill();
          server = store.serve("vm@2", ahead);
          UffdStore.await(server, "vm", 1);
          resumed += UffdStore.said(server, "vm").getFirst().path("resumed").asBoolean() ? 1 : 0;
          vmm.isRight(churns ? "churn" : "touch");
        }
        vmm.does("touch 2 1 " + round);
      } finally {
        server.kill();
      }
      store.awaitNoDoor();
    }
    System.out.println("servers killed " + 3 * ROUNDS + ", VMs with a record then " + resumed);
    assertTrue(resumed > 0);
    store.cairn().run(0, "verify");
  }

  /** The message stays in the client's socket until somebody serves it. */
  @Test
  void aClientThatComesWhileNoServerCanIsServedByTheNextOne()
      throws IOException, InterruptedException {
    Child server = store.serve("vm@1");
    try (Vmm first = Vmm.start(store.socket(), 1, UffdStore.PAGES, Vmm.SMALL)) {
      first.does("touch 1 8 1");
      try (Pidfd process = Pidfd.open(server.pid())) {
        process.signal(Pidfd.SIGSTOP);
      }
      try (Vmm second = Vmm.start(store.socket(), 1, UffdStore.PAGES, Vmm.SMALL)) {
        second.begin("touch 2 1 2");
        server.kill();
        try (Vmm third = Vmm.start(store.socket(), 1, UffdStore.PAGES, Vmm.SMALL)) {
          third.begin("churn 1000 3");
          assertTrue(third.isAtItAfter(50), "nobody serves");
          server = store.serve("vm@1");
          UffdStore.await(server, "vm", 3);
          second.isRight("touch");
          third.isRight("churn");
          first.does("touch 1 1 4");
        }
      }
    } finally {
      server.kill();
    }
    store.awaitNoDoor();
  }

  /** A remove is waited for by the kernel until a server has read it. */
  @Test
  void whatWasRemovedUnderADeadServerStaysZero() throws IOException, InterruptedException {
    Child server = store.serve("vm@1", "--no-prefill");
    try (Vmm vmm = Vmm.start(store.socket(), 1, UffdStore.PAGES, Vmm.SMALL)) {
      vmm.does("remove 0 500");
      server.kill();
      vmm.begin("remove 500 500");
      assertTrue(vmm.isAtItAfter(100), "it waits");
      server = store.serve("vm@1");
      vmm.isRight("remove");
      vmm.does("touch 1 1 5");
    } finally {
      server.kill();
    }
    store.awaitNoDoor();
  }

  @Test
  void aServerThatIsToldToEndLeavesItsVmsToTheNext() throws IOException, InterruptedException {
    Child server = store.serve("vm@1", "--no-prefill");
    try (Vmm vmm = Vmm.start(store.socket(), 1, UffdStore.PAGES, Vmm.SMALL)) {
      vmm.does("touch 1 2 6");
      server.terminate();
      assertTrue(server.await(143).contains("VMs that wait: 1"), server.said());
      assertEquals(1, UffdStore.said(server, "summary").getFirst().path("vmsLeft").asInt());
      assertEquals(1, store.cairn().json(0, "show", "vm@1").path("holds").size(), "it is held");
      server = store.serve("vm@1", "--once");
      vmm.does("touch 1 1 7");
    } catch (AssertionError e) {
      server.kill();
      throw e;
    }
    try (Child last = server) {
      last.await(0);
    }
    store.awaitNoDoor();
    assertTrue(store.cairn().json(0, "show", "vm@1").path("holds").isEmpty());
  }

  @Test
  void aKeeperThatIsKilledIsReplacedAndNothingIsLost() throws IOException, InterruptedException {
    Child server = store.serve("vm@2", "--limit-rate", "8M");
    try (Vmm vmm = Vmm.start(store.socket(), 2, UffdStore.PAGES, Vmm.SMALL)) {
      UffdStore.await(server, "vm", 1);
      vmm.begin("churn 3000 8");
      for (int i = 1; i <= 3; i++) {
        store.killKeepers();
        UffdStore.await(server, "warning", i);
        awaitKeeper();
      }
      vmm.isRight("churn");
      // That the server dies, too, after its third keeper: see tools/UFFD.md, What is not sure.
      try (Vmm late = Vmm.start(store.socket(), 2, UffdStore.PAGES, Vmm.SMALL)) {
        late.does("touch 1 1 10");
      }
    } finally {
      server.kill();
    }
    store.awaitNoDoor();
  }

  private void awaitKeeper() throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (store.keepers().isEmpty()) {
      assertTrue(System.nanoTime() < end, "a keeper in time");
      Thread.onSpinWait();
    }
  }

  @Test
  void anotherPointIsRefusedToVmsThatBeganWithOne() throws IOException, InterruptedException {
    Child server = store.serve("vm@1", "--no-prefill");
    try (Vmm vmm = Vmm.start(store.socket(), 1, UffdStore.PAGES, Vmm.SMALL)) {
      vmm.does("touch 1 4 11");
      server.kill();
      try (Child other = store.starts(store.path(), "vm@2")) {
        assertTrue(other.await(6).contains("serve the point that it began with"), other.said());
      }
      // Merged meanwhile, it is the same moment.
      store.cairn().run(0, "compact", "vm");
      server = store.serve("vm@1");
      vmm.does("touch 1 1 12");
    } finally {
      server.kill();
    }
    store.awaitNoDoor();
  }

  /** Damage costs a wait, never a byte; another store that has the point gives it. */
  @Test
  void aDamagedPageIsWaitedForAndServedFromACopy() throws IOException, InterruptedException {
    Path copy = directory.resolve("copy");
    copyTree(store.path(), copy);
    damageOnePage();
    Child server = store.serve("vm@0", "--no-prefill");
    try (Vmm vmm = Vmm.start(store.socket(), 0, UffdStore.PAGES, Vmm.SMALL)) {
      vmm.begin("touch 3 1 13");
      UffdStore.await(server, "stuck", 1);
      assertTrue(vmm.isAtItAfter(100), "it waits for that page");
      server.terminate();
      assertEquals(1, UffdStore.said(server, "stuck").size());
      server.await(143);
      server = store.starts(copy, "vm@0", "--no-prefill");
      server.awaitWord("\"listening\"");
      vmm.isRight("touch");
    } finally {
      server.kill();
    }
    store.awaitNoDoor();
  }

  private static void copyTree(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(from.relativize(file).toString()));
      }
    }
  }

  /** Turns one bit of a page's frame: frames begin a base image's second MiB. */
  private void damageOnePage() throws IOException {
    try (Stream<Path> files = Files.list(store.path().resolve("chains/vm"))) {
      List<Path> bases = files.filter(file -> file.toString().endsWith(".base")).toList();
      byte[] bytes = Files.readAllBytes(bases.getFirst());
      for (int at = 4 << 20; at < bytes.length; at++) {
        if (bytes[at] != 0) {
          bytes[at] ^= 1;
          break;
        }
      }
      Files.delete(bases.getFirst());
      Files.write(bases.getFirst(), bytes);
    }
  }
}
