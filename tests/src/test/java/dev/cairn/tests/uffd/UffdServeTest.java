package dev.cairn.tests.uffd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cairn.store.io.Missing;
import dev.cairn.tests.Child;
import dev.cairn.tests.HugePages;
import dev.cairn.tests.NumberedMemory;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A VM's memory comes out of any restore point, page by page. */
class UffdServeTest {
  private final Path directory;
  private UffdStore store;

  UffdServeTest(@TempDir Path directory) throws IOException {
    this.directory = directory;
    this.store = new UffdStore(directory);
  }

  @BeforeEach
  void userfaultfdIsThere() throws IOException {
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
  void everyByteOfAPastPointIsServedAsItIsTouched() throws IOException, InterruptedException {
    try (Child server = store.serve("vm@1", "--once", "--no-prefill")) {
      try (Vmm vmm = Vmm.start(store.socket(), 1, UffdStore.PAGES, Vmm.SMALL)) {
        vmm.does("touch 1 1 7");
      }
      server.await(0);
      JsonNode end = UffdStore.said(server, "summary").getFirst();
      assertEquals(UffdStore.PAGES, end.path("faults").asInt(), "each page faults once");
      assertEquals(0, end.path("prefilledPages").asInt());
      assertEquals(UffdStore.PAGES, end.path("pages").asInt() + end.path("zeroPages").asInt());
      assertTrue(end.path("zeroPages").asInt() > 0);
      assertTrue(end.path("p50Micros").asLong() <= end.path("p99Micros").asLong());
      System.out.println("page faults, 4 KiB: " + end);
    }
    assertFalse(Files.exists(store.socket()), "the door is gone");
    assertTrue(store.keepers().isEmpty());
    assertTrue(store.cairn().json(0, "show", "vm@1").path("holds").isEmpty(), "the hold is gone");
  }

  @Test
  void whatNobodyTouchesComesAhead() throws IOException, InterruptedException {
    try (Child server = store.serve("vm@3", "--once")) {
      try (Vmm vmm = Vmm.start(store.socket(), 3, UffdStore.PAGES, Vmm.SMALL)) {
        UffdStore.await(server, "whole", 1);
        vmm.does("touch 2 1 8");
      }
      server.await(0);
      JsonNode end = UffdStore.said(server, "summary").getFirst();
      assertEquals(0, end.path("faults").asInt());
      assertEquals(UffdStore.PAGES, end.path("prefilledPages").asInt());
    }
  }

  @Test
  void severalThreadsFaultWhileTheRestComesAhead() throws IOException, InterruptedException {
    try (Child server = store.serve("vm@2", "--once", "--limit-rate", "8M")) {
      try (Vmm vmm = Vmm.start(store.socket(), 2, UffdStore.PAGES, Vmm.SMALL)) {
        vmm.does("touch 4 1 9");
      }
      server.await(0);
    }
  }

  @Test
  void removedPagesAreZerosFromThenOn() throws IOException, InterruptedException {
    try (Child server = store.serve("vm@1", "--once")) {
      try (Vmm vmm = Vmm.start(store.socket(), 1, UffdStore.PAGES, Vmm.SMALL)) {
        vmm.does("remove 100 1000");
        for (int seed = 0; seed < 4; seed++) {
          vmm.does("churn 4000 " + seed);
        }
        vmm.does("touch 2 1 10");
      }
      server.await(0);
      JsonNode end = UffdStore.said(server, "summary").getFirst();
      assertTrue(end.path("removedPages").asInt() > 1000);
    }
  }

  @Test
  void vmsComeTogetherAndOneAfterAnother() throws IOException, InterruptedException {
    try (Child server = store.serve("vm@latest", "--no-prefill")) {
      try (Vmm one = Vmm.start(store.socket(), 3, UffdStore.PAGES, Vmm.SMALL)) {
        try (Vmm two = Vmm.start(store.socket(), 3, UffdStore.PAGES, Vmm.SMALL)) {
          one.begin("touch 2 1 11");
          two.begin("churn 5000 12");
          one.isRight("touch");
          two.isRight("churn");
        }
        UffdStore.await(server, "end", 1);
        try (Vmm three = Vmm.start(store.socket(), 3, UffdStore.PAGES, Vmm.SMALL)) {
          three.does("touch 1 1 13");
          one.does("touch 1 1 14");
        }
      }
      UffdStore.await(server, "end", 3);
      assertEquals(0, UffdStore.said(server, "refused").size());
    }
    store.awaitNoDoor();
  }

  @Test
  void aUnitOfTwoMebibytesComesWhole() throws IOException, InterruptedException {
    int units = UffdStore.PAGES / 512;
    try (Child server = store.serve("vm@2", "--once", "--no-prefill")) {
      try (Vmm vmm = Vmm.start(store.socket(), 2, UffdStore.PAGES, Vmm.HUGE)) {
        vmm.does("touch 1 1 15");
      }
      server.await(0);
      JsonNode end = UffdStore.said(server, "summary").getFirst();
      assertEquals(units, end.path("faults").asInt(), "each unit faults once, small pages or not");
    }
    try (Child server = store.serve("vm@2", "--once")) {
      try (Vmm vmm = Vmm.start(store.socket(), 2, UffdStore.PAGES, Vmm.HUGE)) {
        vmm.does("churn 2000 16");
        vmm.does("touch 2 1 17");
      }
      server.await(0);
    }
  }

  /** Transparent huge pages are no replacement: a fault in them is one of small pages. */
  @Test
  void hugePagesComeWhole() throws IOException, InterruptedException {
    try (HugePages _ = HugePages.allow(UffdStore.PAGES / 512);
        Child server = store.serve("vm@2", "--once", "--no-prefill")) {
      try (Vmm vmm = Vmm.start(store.socket(), 2, UffdStore.PAGES, Vmm.HUGE, "huge")) {
        vmm.does("touch 2 1 18");
        vmm.does("churn 2000 19");
        vmm.does("touch 2 1 20");
      }
      server.await(0);
    }
  }

  /** Offsets count through all blocks; a region, and a unit, may lie across their border. */
  @Test
  void blocksLieOneAfterAnother() throws IOException, InterruptedException {
    Path image = directory.resolve("image");
    Files.write(image, new NumberedMemory(UffdStore.PAGES).at(5));
    long first = 1001L * Vmm.SMALL;
    store
        .cairn()
        .run(
            0,
            "checkpoint",
            "blocks",
            "--from",
            "raw:" + image,
            "--block",
            "low=" + first,
            "--block",
            "high=" + ((long) UffdStore.PAGES * Vmm.SMALL - first));
    for (int unit : List.of(Vmm.SMALL, Vmm.HUGE)) {
      for (String[] options : List.of(new String[] {"--no-prefill"}, new String[] {})) {
        try (Child server = store.serve("blocks", options)) {
          try (Vmm vmm = Vmm.start(store.socket(), 5, UffdStore.PAGES, unit)) {
            vmm.does("touch 2 1 21");
          }
          UffdStore.await(server, "end", 1);
          server.terminate();
          server.await(143);
        }
      }
    }
  }

  @Test
  void aSecondServerAtADoorIsBusy() throws IOException, InterruptedException {
    try (Child server = store.serve("vm@1")) {
      try (Child other = store.starts(store.path(), "vm@1")) {
        assertTrue(other.await(11).contains("serves there"), other.said());
      }
      try (Vmm vmm = Vmm.start(store.socket(), 1, UffdStore.PAGES, Vmm.SMALL)) {
        vmm.does("touch 1 4 22");
      }
      server.terminate();
      server.await(143);
    }
    store.awaitNoDoor();
  }

  @Test
  void aFileAtTheDoorIsNotReplacedAndADeadSocketIs() throws IOException, InterruptedException {
    Files.writeString(store.socket(), "mine");
    try (Child server = store.starts(store.path(), "vm@1")) {
      assertTrue(server.await(1).contains("is there already"), server.said());
    }
    assertEquals("mine", Files.readString(store.socket()));
    Files.delete(store.socket());
    for (String name : List.of("s", "s.keeper")) {
      // Closed, it stays in its directory: as after a power cut.
      try (ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
        dead.bind(UnixDomainSocketAddress.of(store.socket().resolveSibling(name)));
      }
    }
    try (Child server = store.serve("vm@1", "--once")) {
      try (Vmm vmm = Vmm.start(store.socket(), 1, UffdStore.PAGES, Vmm.SMALL)) {
        vmm.does("touch 1 1 23");
      }
      server.await(0);
    }
  }
}
