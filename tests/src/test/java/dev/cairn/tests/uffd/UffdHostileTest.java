package dev.cairn.tests.uffd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cairn.store.io.Missing;
import dev.cairn.tests.Child;
import dev.cairn.tools.linux.HeldDescriptor;
import dev.cairn.tools.linux.UnixSocket;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients that lie, flood, or vanish: refused with a reason, and nobody else notices. */
class UffdHostileTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final long TOTAL = (long) UffdStore.PAGES * Vmm.SMALL;

  private final UffdStore store;

  UffdHostileTest(@TempDir Path directory) throws IOException {
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

  private static String region(long address, long size, long offset, long unit) {
    return VmmMain.region(address, size, offset, unit);
  }

  /** Messages, each with a word of the reason for which it is refused. */
  private static Map<String, String> messages() {
    Map<String, String> all = new LinkedHashMap<>();
    all.put("", "nothing");
    all.put("hello", "no JSON");
    all.put("[", "no JSON");
    all.put("[]", "0 of them");
    all.put("{}", "something else");
    all.put("[1]", "an object");
    all.put("[".repeat(5000), "no JSON");
    all.put("[" + region(0x10000000, 4096, 0, 4096) + "] x", "no JSON");
    all.put("[" + (region(0x10000000, 4096, 0, 4096) + ",").repeat(64) + "{}]", "65 of them");
    all.put("[{\"size\":4096,\"offset\":0,\"page_size\":4096}]", "base_host_virt_addr");
    all.put("[" + region(-4096, 4096, 0, 4096) + "]", "base_host_virt_addr");
    all.put(
        "[" + region(0x10000000, 4096, 0, 4096).replace("4096", "4096.5") + "]", "whole number");
    all.put(
        "[" + region(0x10000000, 4096, 0, 4096).replace("268435456", "99999999999999999999") + "]",
        "below 2^63");
    all.put("[" + region(0x10000000, 4096, 0, 3000) + "]", "power of two");
    all.put("[" + region(0x10000000, 4096, 0, 0) + "]", "power of two");
    all.put("[" + region(0x10000000, 1 << 30, 0, 1 << 30) + "]", "power of two");
    all.put("[" + region(0x10000001, 4096, 0, 4096) + "]", "a multiple");
    all.put("[" + region(0x10000000, 4097, 0, 4096) + "]", "a multiple");
    all.put("[" + region(0x10000000, 4096, 1, 4096) + "]", "a multiple");
    all.put("[" + region(0x10000000, 0, 0, 4096) + "]", "a part of the point's memory");
    all.put("[" + region(0x10000000, 4096, TOTAL, 4096) + "]", "a part of the point's memory");
    all.put(
        "[" + region(0x10000000, Long.MAX_VALUE / 4096 * 4096, 4096, 4096) + "]",
        "a part of the point's memory");
    all.put(
        "[" + region(Long.MAX_VALUE / 4096 * 4096, 8192, 0, 4096) + "]", "address of a process");
    all.put(
        "[" + region(0x10000000, 8192, 0, 4096) + "," + region(0x10001000, 8192, 8192, 4096) + "]",
        "addresses");
    all.put(
        "[" + region(0x10000000, 8192, 0, 4096) + "," + region(0x20000000, 8192, 4096, 4096) + "]",
        "memory");
    all.put(
        "[" + region(0x10000000, 4096, 0, 4096).replace("kib\":4096", "kib\":4") + "]",
        "page_size_kib");
    all.put(" ".repeat((32 << 10) + 1), "at most 32768 bytes");
    return all;
  }

  private UnixSocket connect() throws IOException {
    return UnixSocket.connect(store.socket(), PATIENCE);
  }

  private static void send(UnixSocket socket, String message, int... descriptors)
      throws IOException {
    byte[] bytes = message.getBytes(StandardCharsets.UTF_8);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment out = arena.allocate(Math.max(1, bytes.length));
      MemorySegment.copy(bytes, 0, out, ValueLayout.JAVA_BYTE, 0, bytes.length);
      if (descriptors.length == 0) {
        socket.write(out.asSlice(0, bytes.length), PATIENCE);
      } else {
        socket.sendDescriptors(out.asSlice(0, bytes.length), PATIENCE, descriptors);
      }
    }
  }

  /** Waits until the other side has closed. */
  private static void awaitEnd(UnixSocket socket) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      assertTrue(socket.awaitInput(PATIENCE), "it is closed in time");
      try {
        assertEquals(-1, socket.read(arena.allocate(1)));
      } catch (IOException e) {
        // Closed with our message unread, which is a reset.
      }
    }
  }

  private void isRefused(Child server, int nth, String why, UnixSocket socket)
      throws IOException, InterruptedException {
    UffdStore.await(server, "refused", nth);
    JsonNode refused = UffdStore.said(server, "refused").get(nth - 1);
    assertTrue(refused.path("why").asText().contains(why), why + ": " + refused);
    awaitEnd(socket);
  }

  @Test
  void lyingMessagesAreRefusedAndNobodyElseNotices() throws IOException, InterruptedException {
    int fd = ClientCalls.create(ClientCalls.NONBLOCK);
    ClientCalls.begin(fd, ClientCalls.EVENT_REMOVE);
    try (Child server = store.serve("vm@1", "--limit-rate", "4M");
        HeldDescriptor _ = new HeldDescriptor(fd, "a userfaultfd");
        Vmm vmm = Vmm.start(store.socket(), 1, UffdStore.PAGES, Vmm.SMALL)) {
      vmm.begin("churn 20000 1");
      int refused = 0;
      for (Map.Entry<String, String> each : messages().entrySet()) {
        try (UnixSocket socket = connect()) {
          if (each.getKey().isEmpty()) {
            socket.shutdown();
            refused++;
            UffdStore.await(server, "refused", refused);
          } else {
            send(socket, each.getKey(), fd);
            isRefused(server, ++refused, each.getValue(), socket);
          }
        }
      }
      vmm.isRight("churn");
      vmm.does("touch 2 1 2");
      server.terminate();
      server.await(143);
    }
  }

  @Test
  void descriptorsAreRefusedUnlessTheyAreOneUserfaultfdThatTellsOfRemoves()
      throws IOException, InterruptedException {
    String message = "[" + region(0x10000000, 4096, 0, 4096) + "]";
    List<HeldDescriptor> held = new ArrayList<>();
    try (Child server = store.serve("vm@1")) {
      int good = begun(held, ClientCalls.NONBLOCK, ClientCalls.EVENT_REMOVE);
      int refused = 0;
      try (UnixSocket socket = connect()) {
        send(socket, message);
        isRefused(server, ++refused, "descriptors beside the message: expected one", socket);
      }
      try (UnixSocket socket = connect()) {
        send(socket, message, good, good);
        isRefused(server, ++refused, "expected one, found 2", socket);
      }
      try (UnixSocket socket = connect()) {
        send(socket, message, good, good, good, good, good, good);
        isRefused(server, ++refused, "found more", socket);
      }
      try (UnixSocket socket = connect()) {
        send(socket, message, socket.number());
        isRefused(server, ++refused, "a userfaultfd, found something else", socket);
      }
      try (UnixSocket socket = connect()) {
        send(socket, message, begun(held, 0, ClientCalls.EVENT_REMOVE));
        isRefused(server, ++refused, "does not block", socket);
      }
      try (UnixSocket socket = connect()) {
        int fd = ClientCalls.create(ClientCalls.NONBLOCK);
        held.add(new HeldDescriptor(fd, "a userfaultfd"));
        send(socket, message, fd);
        isRefused(server, ++refused, "has been begun", socket);
      }
      try (UnixSocket socket = connect()) {
        send(socket, message, begun(held, ClientCalls.NONBLOCK, 0));
        isRefused(server, ++refused, "EVENT_REMOVE", socket);
      }
      for (long feature : List.of(ClientCalls.SIGBUS, ClientCalls.EVENT_FORK)) {
        try (UnixSocket socket = connect()) {
          send(
              socket,
              message,
              begun(held, ClientCalls.NONBLOCK, ClientCalls.EVENT_REMOVE | feature));
          isRefused(server, ++refused, "none of the features", socket);
        }
      }
      server.terminate();
      server.await(143);
    } finally {
      held.forEach(HeldDescriptor::close);
    }
  }

  private static int begun(List<HeldDescriptor> held, int flags, long features) throws IOException {
    int fd = ClientCalls.create(flags);
    held.add(new HeldDescriptor(fd, "a userfaultfd"));
    ClientCalls.begin(fd, features);
    return fd;
  }

  /** Half-open connections fill the keeper, and are thrown out; who lives is served on. */
  @Test
  void connectionsThatSayNothingAreThrownOut() throws IOException, InterruptedException {
    List<UnixSocket> open = new ArrayList<>();
    try (Child server = store.serve("vm@1", "--no-prefill");
        Vmm vmm = Vmm.start(store.socket(), 1, UffdStore.PAGES, Vmm.SMALL)) {
      vmm.does("touch 1 4 3");
      for (int i = 0; i < 300; i++) {
        open.add(connect());
      }
      vmm.does("touch 2 2 4");
      UffdStore.await(server, "refused", 250);
      try (Vmm late = Vmm.start(store.socket(), 1, UffdStore.PAGES, Vmm.SMALL)) {
        late.does("touch 1 1 5");
      }
      vmm.does("touch 1 1 6");
    } finally {
      open.forEach(UnixSocket::close);
    }
    store.awaitNoDoor();
  }

  @Test
  void aClientThatVanishesLeavesTheOthersAlone() throws IOException, InterruptedException {
    try (Child server = store.serve("vm@1", "--limit-rate", "16M");
        Vmm vmm = Vmm.start(store.socket(), 1, UffdStore.PAGES, Vmm.SMALL)) {
      vmm.begin("churn 10000 7");
      for (int i = 1; i <= 5; i++) {
        try (Vmm vanishes = Vmm.start(store.socket(), 1, UffdStore.PAGES, Vmm.SMALL)) {
          vanishes.begin("churn 100000 " + i);
          UffdStore.await(server, "vm", i + 1);
        }
        UffdStore.await(server, "end", i);
      }
      vmm.isRight("churn");
      vmm.does("touch 1 1 8");
      for (JsonNode end : UffdStore.said(server, "end")) {
        assertTrue(end.path("gone").asBoolean(), end.toString());
      }
      server.terminate();
      server.await(143);
    }
    store.awaitNoDoor();
  }
}
