package dev.cairn.tests.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.store.DeviceState;
import dev.cairn.store.RamBlock;
import dev.cairn.store.RamLayout;
import dev.cairn.tools.linux.UnixListener;
import dev.cairn.tools.linux.UnixSocket;
import dev.cairn.tools.migration.ColoMessage;
import dev.cairn.tools.migration.RamSink;
import dev.cairn.tools.migration.ReturnPath;
import dev.cairn.tools.migration.SocketInput;
import dev.cairn.tools.migration.StreamCommands;
import dev.cairn.tools.migration.StreamReader;
import dev.cairn.tools.migration.StreamWriter;
import dev.cairn.tools.qmp.Qmp;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The codec against real QEMUs: what they send is understood, and they understand what it sends.
 */
class MigrationCodecTest {
  private static final int BUFFER = 256 << 10;

  private final Path directory;
  private final Arena arena = Arena.ofConfined();

  MigrationCodecTest(@TempDir Path directory) {
    this.directory = directory;
  }

  @AfterEach
  void free() {
    arena.close();
  }

  /** Keeps the pages that are not zero, by block and number. */
  private static final class Memory implements RamSink {
    private final SortedMap<Long, byte[]> pages = new TreeMap<>();
    private int records;

    private static long key(int block, long page) {
      return (long) block << 40 | page;
    }

    @Override
    public void layout(RamLayout layout) {}

    @Override
    public void page(int block, long page, MemorySegment content) {
      pages.put(key(block, page), content.toArray(ValueLayout.JAVA_BYTE));
      records++;
    }

    @Override
    public void zero(int block, long page) {
      pages.remove(key(block, page));
      records++;
    }
  }

  private SocketInput input(UnixSocket socket) {
    return new SocketInput(socket, arena.allocate(BUFFER), SocketInput.Watch.NONE);
  }

  private GuestSetup setup(String version, String machine) throws IOException {
    GuestSetup setup = Guest.of(version);
    return switch (machine) {
      case "bare" -> setup;
      case "virtio" -> {
        Path disk = directory.resolve("disk");
        if (!Files.exists(disk)) {
          Files.write(disk, new byte[1 << 20]);
        }
        yield setup
            .cpus(4)
            .options("-drive", "if=none,id=d0,format=raw,file.locking=off,file=" + disk)
            .options("-device", "virtio-blk-pci,drive=d0")
            .options("-netdev", "user,id=n0", "-device", "virtio-net-pci,netdev=n0")
            .options("-device", "virtio-balloon-pci", "-device", "virtio-rng-pci")
            .options("-device", "vmgenid,guid=auto", "-vga", "std");
      }
      case "wide" ->
          setup
              .options("-device", "e1000", "-device", "rtl8139", "-device", "vmxnet3")
              .options("-device", "qemu-xhci,id=usb", "-device", "usb-tablet,bus=usb.0")
              .options("-device", "virtio-scsi-pci", "-device", "megasas")
              .options("-device", "lsi53c895a", "-device", "sdhci-pci", "-device", "ahci")
              .options("-device", "virtio-serial-pci", "-device", "virtio-gpu-pci")
              .options("-device", "pcie-root-port,chassis=1", "-device", "i6300esb");
      default -> throw new IllegalArgumentException(machine);
    };
  }

  /** A live migration is read; what was read starts another QEMU, whose guest counts on. */
  @ParameterizedTest
  @CsvSource({
    "qemu10, bare",
    "qemu11, bare",
    "qemu10, virtio",
    "qemu11, virtio",
    "qemu10, wide",
    "qemu11, wide"
  })
  void whatOneQemuSendsAnotherUnderstands(String version, String machine)
      throws IOException, InterruptedException {
    Memory memory = new Memory();
    RamLayout layout;
    DeviceState state;
    int last;
    try (Guest source = setup(version, machine).start();
        UnixListener listener = UnixListener.listen(source.directory().resolve("m"))) {
      source.awaitCount(2);
      source.execute("migrate", Map.of("uri", "unix:" + source.directory().resolve("m")));
      try (UnixSocket socket = listener.accept(Guest.PATIENCE)) {
        SocketInput in = input(socket);
        StreamReader reader = new StreamReader(in, StreamCommands.NONE);
        reader.readHead();
        assertFalse(reader.ignoresShared());
        reader.readRam(memory);
        state = reader.readState();
        layout = reader.layout();
        assertTrue(socket.awaitInput(Guest.PATIENCE), "QEMU ends its side");
        assertEquals(-1, socket.read(arena.allocate(1)), "bytes behind the description");
        print(version, machine, in.position(), memory, state);
      }
      last = source.count();
    }
    try (Guest target = setup(version, machine).incoming("defer").start()) {
      Path path = target.directory().resolve("m");
      target.execute("migrate-incoming", Map.of("uri", "unix:" + path));
      try (UnixSocket socket = UnixSocket.connect(path, Guest.PATIENCE)) {
        write(socket, layout, memory, state);
      }
      target.awaitCount(last + 2);
      assertEquals(last + 1, target.counts().getFirst());
      target.assertUnbroken();
    }
  }

  private static void print(
      String version, String machine, long bytes, Memory memory, DeviceState state) {
    System.out.printf(
        "%s %s: %d bytes, %d records, %d pages that are not zero, %s%n",
        version, machine, bytes, memory.records, memory.pages.size(), state.sections());
  }

  private void write(UnixSocket socket, RamLayout layout, Memory memory, DeviceState state)
      throws IOException {
    StreamWriter writer = new StreamWriter(socket::write, arena.allocate(BUFFER));
    writer.head(content(state, StreamReader.CONFIGURATION));
    writer.ramStart(layout, false);
    writer.partStart();
    for (Map.Entry<Long, byte[]> page : memory.pages.entrySet()) {
      int block = (int) (page.getKey() >>> 40);
      long number = page.getKey() & ((1L << 40) - 1);
      writer.page(block, number, MemorySegment.ofArray(page.getValue()));
    }
    writer.partEnd();
    writer.ramEnd();
    writer.devices(content(state, StreamReader.DEVICES), content(state, StreamReader.DESCRIPTION));
    writer.flush();
  }

  private static byte[] content(DeviceState state, String section) {
    return state.find(section).orElseThrow().content();
  }

  private static void capability(Qmp qmp, String name) throws IOException {
    Map<String, Object> on = Map.of("capability", name, "state", true);
    qmp.execute("migrate-set-capabilities", Map.of("capabilities", List.of(on)), Guest.PATIENCE);
  }

  private static void answer(UnixSocket socket, byte[]... answers) throws IOException {
    try (Arena own = Arena.ofConfined()) {
      for (byte[] answer : answers) {
        MemorySegment bytes = own.allocate(answer.length);
        bytes.copyFrom(MemorySegment.ofArray(answer));
        socket.write(bytes);
      }
    }
  }

  /** Memory in a shared file is left out; the guest goes on by itself when we say SHUT 1. */
  @ParameterizedTest
  @ValueSource(strings = {"qemu10", "qemu11"})
  void aStreamWithoutSharedMemoryIsRead(String version) throws IOException, InterruptedException {
    Path file = directory.resolve("memory");
    try (Guest guest = Guest.of(version).sharedFile(file).start();
        Qmp qmp = guest.qmp();
        UnixListener listener = UnixListener.listen(guest.directory().resolve("m"))) {
      guest.awaitCount(2);
      capability(qmp, "x-ignore-shared");
      capability(qmp, "return-path");
      qmp.execute(
          "migrate", Map.of("uri", "unix:" + guest.directory().resolve("m")), Guest.PATIENCE);
      try (UnixSocket socket = listener.accept(Guest.PATIENCE)) {
        List<Long> pings = new ArrayList<>();
        StreamReader reader = new StreamReader(input(socket), pinged(socket, pings));
        reader.readHead();
        assertTrue(reader.ignoresShared());
        Memory memory = new Memory();
        reader.readRam(memory);
        DeviceState state = reader.readState();
        RamBlock shared = reader.layout().blocks().getFirst();
        assertEquals(new RamBlock("m", 64 << 20), shared);
        assertTrue(memory.records < 1000, memory.records + " records");
        assertEquals(List.of(1L), pings);
        print(version, "shared", 0, memory, state);
        answer(socket, ReturnPath.shut(1));
        guest.awaitNextCount();
      }
      guest.assertUnbroken();
    }
  }

  private static StreamCommands pinged(UnixSocket socket, List<Long> pings) {
    return new StreamCommands() {
      @Override
      public void openReturnPath() {}

      @Override
      public void ping(long value) throws IOException {
        pings.add(value);
        answer(socket, ReturnPath.pong(value));
      }

      @Override
      public void enableColo() {}
    };
  }

  /** QEMU's checkpoint protocol, three times, and the guest goes on without us. */
  @Test
  void checkpointsAreRead() throws IOException, InterruptedException {
    try (Guest guest = Guest.of(Lab.QEMU_11).start();
        Qmp qmp = guest.qmp();
        UnixListener listener = UnixListener.listen(guest.directory().resolve("m"))) {
      guest.awaitCount(2);
      capability(qmp, "return-path");
      capability(qmp, "x-colo");
      fire(qmp);
      qmp.execute(
          "migrate", Map.of("uri", "unix:" + guest.directory().resolve("m")), Guest.PATIENCE);
      try (UnixSocket socket = listener.accept(Guest.PATIENCE)) {
        SocketInput in = input(socket);
        StreamReader reader = new StreamReader(in, pinged(socket, new ArrayList<>()));
        Memory memory = new Memory();
        reader.readHead();
        reader.readRam(memory);
        DeviceState first = reader.readState();
        print("qemu11", "colo", in.position(), memory, first);
        answer(socket, ReturnPath.shut(0), ColoMessage.bytes(ColoMessage.CHECKPOINT_READY));
        for (int i = 0; i < 3; i++) {
          guest.awaitNextCount();
          checkpoint(socket, reader, qmp, memory, in);
        }
        qmp.execute("x-colo-lost-heartbeat", Map.of(), Guest.PATIENCE);
      }
      guest.awaitNextCount();
      guest.assertUnbroken();
    }
  }

  private static void fire(Qmp qmp) throws IOException {
    qmp.execute(
        "migrate-set-parameters", Map.of("x-checkpoint-delay", 100_000_000), Guest.PATIENCE);
  }

  private static void checkpoint(
      UnixSocket socket, StreamReader reader, Qmp qmp, Memory memory, SocketInput in)
      throws IOException {
    fire(qmp);
    long start = in.position();
    memory.records = 0;
    assertEquals(ColoMessage.CHECKPOINT_REQUEST, reader.readColoMessage());
    answer(socket, ColoMessage.bytes(ColoMessage.CHECKPOINT_REPLY));
    assertEquals(ColoMessage.VMSTATE_SEND, reader.readColoMessage());
    reader.readDirty(memory);
    assertEquals(ColoMessage.VMSTATE_SIZE, reader.readColoMessage());
    int devices = reader.readDevices().length();
    assertTrue(memory.records > 0 && memory.records < 1000, memory.records + " dirty pages");
    System.out.printf(
        "checkpoint: %d bytes, %d records, %d bytes of devices%n",
        in.position() - start, memory.records, devices);
    answer(socket, ColoMessage.bytes(ColoMessage.VMSTATE_RECEIVED, ColoMessage.VMSTATE_LOADED));
  }
}
