package dev.cairn.tests.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cairn.tests.Child;
import dev.cairn.tests.Cli;
import dev.cairn.tools.qmp.Qmp;
import dev.cairn.tools.qmp.QmpException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Guests with more memory than the buffer, and with more than they had. */
class OtherMemoryTest {
  private static final int NOISE_MIB = 192;
  private static final int NOISE_AT_MIB = 32;

  private final Path directory;
  private final Captured captured;

  OtherMemoryTest(@TempDir Path directory) {
    this.directory = directory;
    this.captured = new Captured(directory);
  }

  /** What has no room in 16 MiB lies in a file without a name. */
  @ParameterizedTest
  @CsvSource({"qemu11,colo", "qemu10,stream"})
  void aGuestThatIsLargerThanTheBufferGoesThroughAFile(String version, String mode)
      throws IOException, InterruptedException {
    Firmware large = new Firmware(64, 4096, 4, NOISE_MIB << 8);
    try (Guest guest = Guest.of(version).memoryMiB(256).firmware(large).start()) {
      guest.awaitCount(2);
      try (Child child =
          captured.capture(
              guest, "--mode", mode, "--count", "3", "--buffer", "16M", "--every", "300ms")) {
        String said = child.await(0);
        System.out.println(version + " " + Captured.of("summary", said));
        assertEquals(List.of(), Captured.of("dropped", said));
        assertEquals(3, Captured.of("point", said).size());
      }
      guest.awaitNextCount();
      guest.assertUnbroken();
    }
    captured.cairn().run(0, "verify");
    int first = captured.countsFrom("vm@0", Guest.of(version).memoryMiB(256).firmware(large));
    int last = captured.countsFrom("vm@2", Guest.of(version).memoryMiB(256).firmware(large));
    assertTrue(first < last, first + " before " + last);
    assertNoise("vm@0");
    assertNoise("vm@2");
  }

  /** Whether what the firmware wrote once is there, word for word. */
  private void assertNoise(String point) throws IOException {
    Path raw = directory.resolve("raw");
    captured.cairn().run(0, "restore", point, "--to", "raw:" + raw);
    ByteBuffer bytes = ByteBuffer.allocate(1 << 20).order(ByteOrder.LITTLE_ENDIAN);
    int word = 0x12345678;
    try (FileChannel file = FileChannel.open(raw)) {
      for (int mib = NOISE_AT_MIB; mib < NOISE_AT_MIB + NOISE_MIB; mib++) {
        assertEquals(1 << 20, file.read(bytes.clear(), (long) mib << 20));
        for (int at = 0; at < 1 << 20; at += Integer.BYTES) {
          word = word * 1664525 + 1013904223;
          if (bytes.getInt(at) != word) {
            assertEquals(word, bytes.getInt(at), point + ": word " + at + " of MiB " + mib);
          }
        }
      }
    }
  }

  private GuestSetup pluggable(String version) {
    return Guest.of(version)
        .options("-m", "64,slots=2,maxmem=256M")
        .options("-qmp", "unix:" + directory.resolve("q2") + ",server=on,wait=off");
  }

  /** Points from then on have it, and say so; others are as they were. */
  @ParameterizedTest
  @ValueSource(strings = {"qemu11", "qemu10"})
  void memoryThatIsPluggedInIsCaptured(String version) throws IOException, InterruptedException {
    try (Guest guest = pluggable(version).start();
        Child child = captured.capture(guest, "--mode", "stream", "--every", "200ms");
        Qmp qmp = Qmp.connect(directory.resolve("q2"), Guest.PATIENCE)) {
      Captured.awaitPoints(child, 3);
      qmp.execute(
          "object-add",
          Map.of("qom-type", "memory-backend-ram", "id", "more", "size", 32 << 20),
          Guest.PATIENCE);
      plug(qmp);
      Captured.awaitPoints(child, Captured.points(child).size() + 5);
      child.terminate();
      child.await(143);
      System.out.println(version + " plugged: " + Captured.of("dropped", child.said()));
      guest.awaitNextCount();
      guest.assertUnbroken();
    }
    Cli cairn = captured.cairn();
    cairn.run(0, "verify");
    assertEquals(blocks("vm@0") + 1, blocks("vm@latest"));
    String machine = cairn.run(0, "show", "vm@latest", "--machine").out();
    assertTrue(machine.contains("\"more\""), machine);
    assertTrue(!cairn.run(0, "show", "vm@0", "--machine").out().contains("\"more\""));
    assertTrue(captured.countsFromLive("vm@latest", plugged(version), "--run") > 0);
    assertTrue(captured.countsFrom("vm@0", pluggable(version)) > 0);
    try (Guest without = pluggable(version).incoming("defer").start()) {
      Cli.Said said = cairn.run(6, "resume", "vm@latest", "--qmp", "unix:" + without.socket());
      assertTrue(said.errors().contains("more"), said.errors());
    }
  }

  private GuestSetup plugged(String version) {
    return pluggable(version)
        .options("-object", "memory-backend-ram,id=more,size=32M")
        .options("-device", "pc-dimm,id=dimm,memdev=more");
  }

  /** QEMU refuses it while a migration is under way. */
  private static void plug(Qmp qmp) throws IOException, InterruptedException {
    long end = System.nanoTime() + Guest.PATIENCE.toNanos();
    Map<String, ?> dimm = Map.of("driver", "pc-dimm", "id", "dimm", "memdev", "more");
    while (true) {
      try {
        qmp.execute("device_add", dimm, Guest.PATIENCE);
        return;
      } catch (QmpException e) {
        assertTrue(System.nanoTime() < end, e::getMessage);
        Thread.sleep(1);
      }
    }
  }

  private int blocks(String point) {
    JsonNode shown = captured.cairn().json(0, "show", point);
    return shown.path("blocks").size();
  }
}
