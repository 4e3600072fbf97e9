package dev.cairn.tests.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cairn.tests.Child;
import dev.cairn.tests.Cli;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A Linux guest with four vCPUs, a disk on qcow2 and a network card is captured with its disks; the
 * first, a middle and the last point go on by a file, by precopy and by postcopy.
 */
class WholeMachineTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int POINTS = 31;
  private static final int CLUSTER = 1 << 16;
  private static final Pattern DISK = Pattern.compile("DISK (\\d+)");

  private final Path directory;
  private final Cli cairn;
  private final Path disk;
  private final Path overlays;

  WholeMachineTest(@TempDir Path directory) throws IOException {
    this.directory = directory;
    this.cairn = new Cli(directory.resolve("store"));
    cairn.run(0, "init");
    this.disk = directory.resolve("disk.qcow2");
    Files.write(disk, emptyQcow2(16 << 20));
    this.overlays = Files.createDirectory(directory.resolve("overlays"));
  }

  /** An image without data: header, L1 table, refcount table, refcount block; a cluster each. */
  private static byte[] emptyQcow2(long size) {
    ByteBuffer image = ByteBuffer.allocate(4 * CLUSTER);
    image.putInt(0x514649fb).putInt(2).putLong(0).putInt(0).putInt(16).putLong(size).putInt(0);
    image.putInt(1).putLong(CLUSTER).putLong(2 * CLUSTER).putInt(1).putInt(0).putLong(0);
    image.putLong(2 * CLUSTER, 3 * CLUSTER);
    for (int cluster = 0; cluster < 4; cluster++) {
      image.putShort(3 * CLUSTER + 2 * cluster, (short) 1);
    }
    return image.array();
  }

  private static GuestSetup machine(String version) {
    return Guest.of(version)
        .linux("dirtykb=1024 period=0.4 fillmb=4 disk=1")
        .memoryMiB(160)
        .cpus(4)
        .options("-netdev", "user,id=n", "-device", "virtio-net-pci,netdev=n");
  }

  private GuestSetup first(String version) {
    return machine(version)
        .options("-blockdev", "driver=file,node-name=file0,filename=" + disk)
        .options("-blockdev", "driver=qcow2,node-name=disk0,file=file0")
        .options("-device", "virtio-blk-pci,drive=disk0,id=vd0");
  }

  /** With a point's own disk; what this guest writes goes to a temporary overlay of QEMU's own. */
  private GuestSetup another(String version, JsonNode pair) {
    return machine(version)
        .options(
            "-drive",
            "if=none,id=disk0,snapshot=on,format="
                + pair.path("format").asText()
                + ",file="
                + pair.path("file").asText())
        .options("-device", "virtio-blk-pci,drive=disk0,id=vd0");
  }

  @ParameterizedTest
  @CsvSource({"qemu11,colo", "qemu10,stream"})
  void everyWayGoesOnFromEachPointWithItsDisk(String version, String mode) throws Exception {
    int last;
    try (Guest guest = first(version).start()) {
      guest.awaitCount(3);
      capture(guest, mode);
      guest.awaitNextCount();
      guest.assertUnbroken();
      last = guest.count();
    }
    cairn.run(0, "verify");
    int before = 0;
    for (int point : new int[] {0, 10, POINTS - 1}) {
      JsonNode pair = cairn.json(0, "show", "vm@" + point).path("disks").path("disks").path(0);
      assertTrue(Files.exists(Path.of(pair.path("file").asText())), pair.toString());
      int byFile = byFile(version, point, pair);
      int byPrecopy = byQmp(version, point, pair, "--run");
      int byPostcopy = byQmp(version, point, pair, "--postcopy");
      int onDisk = boots(version, pair);
      System.out.printf(
          "%s %s vm@%d: counts on from %d, %d, %d; its disk says %d%n",
          version, mode, point, byFile, byPrecopy, byPostcopy, onDisk);
      assertEquals(byFile, byPrecopy);
      assertEquals(byFile, byPostcopy);
      assertTrue(byFile > before && byFile <= last + 1, "each at its own moment");
      // It writes a number to the disk just before it counts it.
      assertTrue(onDisk == byFile - 1 || onDisk == byFile, "the disk of that moment");
      before = byFile;
    }
    assertTrue(
        cairn.json(0, "show", "vm@11").path("disks").isMissingNode(), "each tenth point only");
  }

  private void capture(Guest guest, String mode) throws IOException, InterruptedException {
    List<String> words = new ArrayList<>();
    words.addAll(List.of("--store", directory.resolve("store").toString(), "--json"));
    words.addAll(List.of("capture", "vm", "--qmp", "unix:" + guest.socket()));
    words.addAll(List.of("--mode", mode, "--max-pause", "20s", "--every", "200ms"));
    words.addAll(List.of("--count", "" + POINTS, "--disk-every", "10"));
    words.addAll(List.of("--disk-snapshot", "blockdev:" + overlays));
    try (Child child = Child.cairn(directory, words.toArray(String[]::new))) {
      String said = child.await(0, 240);
      assertEquals(0, said.lines().filter(l -> l.contains("\"dropped\",")).count(), said);
      for (String line : said.lines().filter(l -> l.contains("\"summary\"")).toList()) {
        System.out.println(JSON.readTree(line));
      }
    }
  }

  private int byFile(String version, int point, JsonNode pair)
      throws IOException, InterruptedException {
    Path image = directory.resolve("image");
    cairn.run(0, "restore", "vm@" + point, "--to", "mapped-ram:" + image);
    try (Guest guest =
        another(version, pair)
            .incoming("file:" + image)
            .options("-global", "migration.mapped-ram=on")
            .start()) {
      return countsOn(guest);
    }
  }

  private int byQmp(String version, int point, JsonNode pair, String how)
      throws IOException, InterruptedException {
    try (Guest guest = another(version, pair).incoming("defer").start()) {
      cairn.json(0, "resume", "vm@" + point, how, "--qmp", "unix:" + guest.socket());
      assertEquals("running", guest.execute("query-status", Map.of()).path("status").asText());
      return countsOn(guest);
    }
  }

  /** The guest's own check of its files is in each count. */
  private static int countsOn(Guest guest) throws IOException, InterruptedException {
    guest.awaitNextCount();
    guest.awaitNextCount();
    guest.assertUnbroken();
    return guest.counts().getFirst();
  }

  private int boots(String version, JsonNode pair) throws IOException, InterruptedException {
    try (Guest guest = another(version, pair).start()) {
      guest.awaitCount(1);
      guest.assertUnbroken();
      Matcher matcher = DISK.matcher(guest.said());
      assertTrue(matcher.find(), guest.said());
      return Integer.parseInt(matcher.group(1));
    }
  }
}
