package dev.cairn.tests.uffd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.store.io.Missing;
import dev.cairn.tests.Child;
import dev.cairn.tests.read.ComingStore;
import dev.cairn.tests.read.FakeOwner;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** VMs run on a point that is still coming, whatever becomes of who brings it. */
class UffdComingTest {
  private static final String POINT = "vm@" + (UffdStore.POINTS - 1);
  private static final long CHECKPOINT = UffdStore.POINTS - 1;

  private final UffdStore store;
  private final ComingStore coming;
  private final FakeOwner owner;

  UffdComingTest(@TempDir Path directory) throws IOException {
    store = new UffdStore(directory);
    coming = new ComingStore(store.path());
    owner = coming.owner();
  }

  @BeforeEach
  void userfaultfdIsThere() throws IOException {
    try {
      ClientCalls.create(ClientCalls.NONBLOCK);
    } catch (IOException e) {
      Missing.part("userfaultfd (" + e.getMessage() + ")");
    }
    owner.keepAll();
    owner.live();
  }

  @AfterEach
  void nothingIsLeft() throws IOException {
    store.killKeepers();
    coming.close();
  }

  private Child serve(String... options) throws IOException, InterruptedException {
    Child server = store.starts(coming.path(), POINT, options);
    boolean done = false;
    try {
      server.awaitWord("\"message_type\":\"listening\"");
      done = true;
      return server;
    } finally {
      if (!done) {
        server.close();
      }
    }
  }

  private Vmm vmm(int unit) throws IOException, InterruptedException {
    return Vmm.start(store.socket(), CHECKPOINT, UffdStore.PAGES, unit);
  }

  @Test
  void aFaultWaitsForItsPageAndOthersDoNot() throws IOException, InterruptedException {
    owner.arrive(0, 100, 200);
    try (Child server = serve("--no-prefill", "--once")) {
      try (Vmm vmm = vmm(Vmm.SMALL);
          Vmm other = vmm(Vmm.SMALL)) {
        vmm.begin("page 7");
        for (int page = 100; page < 200; page++) {
          other.does("page " + page);
        }
        assertTrue(vmm.isAtItAfter(50), "its page has not come");
        owner.arrive(0, 7, 8);
        vmm.isRight("page");
        vmm.begin("touch 3 1 5");
        owner.arriveAll();
        vmm.isRight("touch");
      }
      server.await(0);
    }
  }

  @Test
  void whatComesIsGivenAheadSmallAndHuge() throws IOException, InterruptedException {
    for (int unit : new int[] {Vmm.SMALL, Vmm.HUGE}) {
      owner.keepAll();
      try (Child server = serve("--once")) {
        try (Vmm vmm = vmm(unit)) {
          for (int page = UffdStore.PAGES - 128; page >= 0; page -= 128) {
            owner.arrive(0, page, page + 128);
          }
          UffdStore.await(server, "whole", 1);
          vmm.does("touch 2 1 2");
        }
        server.await(0);
        assertEquals(0, UffdStore.said(server, "summary").getFirst().path("faults").asInt());
      }
      store.awaitNoDoor();
    }
  }

  /** The owner dies, comes back, dies for good when all is here; the server dies between. */
  @Test
  void whoeverDiesTheVmWaitsAndSeesNoWrongByte() throws IOException, InterruptedException {
    owner.lie(30);
    Child server = serve("--limit-rate=16M");
    try (Vmm vmm = vmm(Vmm.SMALL)) {
      owner.arrive(0, 0, 1000);
      vmm.begin("touch 3 1 3");
      assertTrue(vmm.isAtItAfter(200), "most has not come");
      owner.die();
      assertTrue(vmm.isAtItAfter(200), "it waits");
      owner.live();
      owner.arrive(0, 1000, 2000);
      server.kill();
      server = serve("--limit-rate=16M");
      owner.arrive(0, 2000, 3000);
      assertTrue(vmm.isAtItAfter(200), "a quarter has not come");
      coming.commit();
      owner.die();
      vmm.isRight("touch");
      assertEquals(1, coming.cli().json(0, "show", POINT).path("holds").size(), "it is held");
      vmm.does("touch 1 1 4");
    } finally {
      server.kill();
    }
    store.awaitNoDoor();
  }
}
