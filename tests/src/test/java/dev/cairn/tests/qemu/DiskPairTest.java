package dev.cairn.tests.qemu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cairn.tests.Child;
import dev.cairn.tests.Cli;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Points with a picture of their disks: both belong to one moment, and start again together. */
class DiskPairTest {
  private static final long DISK_BYTES = 8 << 20;

  private final Path directory;
  private final Cli cairn;
  private final Path disk;
  private final Path overlays;

  DiskPairTest(@TempDir Path directory) throws IOException {
    this.directory = directory;
    this.cairn = new Cli(directory.resolve("store"));
    cairn.run(0, "init");
    this.disk = directory.resolve("disk.raw");
    try (RandomAccessFile file = new RandomAccessFile(disk.toFile(), "rw")) {
      file.setLength(DISK_BYTES);
    }
    this.overlays = Files.createDirectory(directory.resolve("overlays"));
  }

  private GuestSetup linux(String version, String how) {
    GuestSetup linux = Guest.of(version).linux("dirtykb=256 period=1 fillmb=0 disk=1");
    return switch (how) {
      case "shared file" -> linux.sharedFile(directory.resolve("ram-" + System.nanoTime()));
      case "shared memfd" -> linux.sharedMemfd();
      default -> linux;
    };
  }

  private GuestSetup withDisk(String version, String how) {
    return linux(version, how)
        .options("-blockdev", "driver=file,node-name=file0,filename=" + disk)
        .options("-blockdev", "driver=raw,node-name=disk0,file=file0")
        .options("-device", "virtio-blk-pci,drive=disk0,id=vd0");
  }

  private void capture(Guest guest, String... more) throws IOException, InterruptedException {
    try (Child child = start(guest, more)) {
      child.await(0);
    }
  }

  private Child start(Guest guest, String... more) throws IOException {
    List<String> words =
        new ArrayList<>(
            List.of("--store", directory.resolve("store").toString(), "--json", "capture", "vm"));
    words.addAll(List.of("--qmp", "unix:" + guest.socket(), "--max-pause", "20s"));
    words.addAll(List.of(more));
    return Child.cairn(directory, words.toArray(String[]::new));
  }

  private JsonNode disks(String point) {
    return cairn.json(0, "show", point).path("disks");
  }

  @ParameterizedTest
  @CsvSource({"qemu11,colo", "qemu10,stream", "qemu11,shared file", "qemu10,shared memfd"})
  void aPointStartsWithItsDisk(String version, String how) throws Exception {
    String mode = how.split(" ", -1)[0];
    try (Guest guest = withDisk(version, how).start()) {
      guest.awaitCount(3);
      capture(
          guest,
          "--mode",
          mode,
          "--every",
          "1500ms",
          "--count",
          "3",
          "--disk-snapshot",
          "blockdev:" + overlays,
          "--disk-every",
          "2");
      guest.awaitNextCount();
      guest.awaitNextCount();
      guest.assertUnbroken();
    }
    JsonNode first = disks("vm@0").path("disks").path(0);
    JsonNode last = disks("vm@2").path("disks").path(0);
    assertEquals(disk.toString(), first.path("file").asText());
    assertEquals("raw", first.path("format").asText());
    assertEquals(first.path("overlay").asText(), last.path("file").asText());
    assertEquals("qcow2", last.path("format").asText());
    assertTrue(disks("vm@1").isMissingNode(), "every second point only");
    assertTrue(cairn.run(0, "show", "vm@1").out().contains("no disk pair"));

    String tick = new String(firstSector(), StandardCharsets.US_ASCII).strip();
    Path image = directory.resolve("image");
    cairn.run(0, "restore", "vm@2", "--to", "mapped-ram:" + image);
    // What the resumed guest writes goes to a temporary overlay of QEMU's own.
    try (Guest resumed =
        linux(version, how)
            .options(
                "-drive",
                "if=none,id=disk0,snapshot=on,format=qcow2,file=" + last.path("file").asText())
            .options("-device", "virtio-blk-pci,drive=disk0,id=vd0")
            .incoming("file:" + image)
            .options("-global", "migration.mapped-ram=on")
            .start()) {
      resumed.awaitNextCount();
      resumed.awaitNextCount();
      resumed.assertUnbroken();
      int from = resumed.counts().getFirst();
      System.out.println(
          version + " " + how + ": disk of vm@0 says " + tick + ", vm@2 counts on from " + from);
      assertTrue(Integer.parseInt(tick.split(" ", -1)[1]) < from, tick);
    }
    assertArrayEquals(
        tick.getBytes(StandardCharsets.US_ASCII), strip(firstSector()), "never written again");
  }

  private byte[] firstSector() throws IOException {
    byte[] sector = new byte[512];
    try (RandomAccessFile file = new RandomAccessFile(disk.toFile(), "r")) {
      file.readFully(sector);
    }
    return sector;
  }

  private static byte[] strip(byte[] sector) {
    return new String(sector, StandardCharsets.US_ASCII)
        .strip()
        .getBytes(StandardCharsets.US_ASCII);
  }

  @Test
  void aCommandNamesTheDisksAndItsFailureDropsThePoint() throws Exception {
    try (Guest guest = Guest.of("qemu11").start()) {
      guest.awaitCount(2);
      capture(
          guest,
          "--every",
          "150ms",
          "--count",
          "2",
          "--disk-snapshot-command",
          "echo lv-$CAIRN_TOKEN; echo second");
      JsonNode disks = disks("vm@1");
      assertEquals("command", disks.path("kind").asText());
      String line = cairn.run(0, "show", "vm@1", "--command").out();
      assertTrue(line.endsWith("-incoming {incoming}\n"), line);
      assertEquals(
          "11.1.3", cairn.run(0, "show", "vm@1", "--machine").json().at("/qemu/version").asText());
      assertEquals("lv-" + disks.path("token").asText(), disks.path("answer").path(0).asText());
      assertEquals("second", disks.path("answer").path(1).asText());
      // It fails once; its pages are in the point after it.
      Path flag = directory.resolve("flag");
      capture(
          guest,
          "--every",
          "150ms",
          "--count",
          "2",
          "--disk-snapshot-command",
          "test -e " + flag + " || { touch " + flag + "; exit 3; }; echo ok");
      assertEquals("ok", disks("vm@3").path("answer").path(0).asText());
      guest.awaitNextCount();
      guest.assertUnbroken();
      cairn.run(0, "verify");
    }
  }

  /** The first disk has its overlay when QEMU sees that the second one gets none. */
  @Test
  void aTransactionThatQemuRefusesLeavesNoFiles() throws Exception {
    Path other = Files.createDirectory(directory.resolve("other"));
    Path away = directory.resolve("away");
    Path moved = other.resolve("disk.raw");
    Files.write(moved, new byte[1 << 20]);
    Path low = Files.createDirectory(directory.resolve("low"));
    Path first = Files.move(disk, low.resolve("disk.raw"));
    try (Guest guest =
        Guest.of("qemu11")
            .options("-blockdev", "driver=file,node-name=f0,filename=" + first)
            .options("-blockdev", "driver=raw,node-name=d0,file=f0")
            .options("-device", "virtio-blk-pci,drive=d0")
            .options("-blockdev", "driver=file,node-name=f1,filename=" + moved)
            .options("-blockdev", "driver=raw,node-name=d1,file=f1")
            .options("-device", "virtio-blk-pci,drive=d1")
            .start()) {
      Files.move(other, away);
      try (Child child = start(guest, "--count", "1", "--disk-snapshot", "blockdev")) {
        child.awaitWord("dropped");
        child.awaitWord("into the next point");
        assertEquals(List.of("disk.raw"), names(low), child.said());
        Files.move(away, other);
        child.await(0);
      }
      assertEquals(2, disks("vm@0").path("disks").size());
      assertEquals(2, names(low).size(), "the disk, and its overlay");
    }
  }

  private static List<String> names(Path place) throws IOException {
    try (Stream<Path> files = Files.list(place)) {
      return files.map(file -> String.valueOf(file.getFileName())).sorted().toList();
    }
  }

  @Test
  void aDiskThatCannotBeTakenIsRefusedBeforeAnythingIsChanged() throws Exception {
    try (Guest guest = Guest.of("qemu11").start();
        Child child =
            Child.cairn(
                directory,
                "--store",
                directory.resolve("store").toString(),
                "capture",
                "vm",
                "--qmp",
                "unix:" + guest.socket(),
                "--disk-snapshot",
                "blockdev")) {
      String said = child.await(6);
      assertTrue(said.contains("expected at least one, found none"), said);
      assertFalse(said.contains("mode colo"), said);
    }
  }
}
