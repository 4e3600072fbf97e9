package dev.cairn.tests.powercut;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import dev.cairn.tests.Settings;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The power of a disk is cut while Cairn works on it: nothing that was acknowledged is lost.
 *
 * <p>The disk is a file that this test serves to the kernel by FUSE and that a loop device makes a
 * disk of; on it is an ext4 with its journal as mkfs makes it. A process makes checkpoints, merges
 * (also while checkpoints go on), packs, moves of the base, forks and forgets. Every write and
 * every flush that reaches the disk is logged; a flush covers what was answered before it. From the
 * log are made disks as a power cut may leave them: what was flushed is there, of what was written
 * since, nothing, all, or any part, in any order, torn at 512 bytes or 4 KiB (but for the
 * superblock of the ext4, which is there whole). Each is mounted, so that the kernel replays its
 * journal, and the store on it is checked and worked on; then the file system itself.
 *
 * <p>What this covers: a real kernel's file system, its page cache, its journal, and its order of
 * writes under fsync and rename; reordering by the disk between two flushes; torn sectors. What it
 * does not: a disk that says that it flushed and did not (but that such a one is noticed is seen
 * here), a controller that fails or writes elsewhere, memory that goes bad before the power is
 * gone, file systems other than ext4, mount options other than the standard ones, and a second cut
 * while the journal is replayed.
 *
 * <p>{@code -Dtests.seed=} repeats steps and cuts; when the kernel writes what is up to it. The
 * image of a failure is kept in {@code target}.
 */
class PowerCutTest {
  private static final int IMAGES = 1000;

  /** On a slow machine fewer images are looked at. */
  private static final int SECONDS = 100;

  private static final long DEADLINE_SECONDS = 300;

  /** Mounts /dev/fuse on a file, and hands it to the process as its standard input. */
  private static final String SERVE =
      "exec 3<>/dev/fuse"
          + " && mount -i -t fuse -o fd=3,rootmode=100000,user_id=0,group_id=0 test \"$0\""
          + " && exec \"$@\" <&3 3>&-";

  private final Path directory;
  private final Path served;
  private final Path output;

  PowerCutTest(@TempDir Path directory) throws IOException {
    this.directory = directory;
    this.served = Files.createFile(directory.resolve("served"));
    this.output = directory.resolve("said");
  }

  @Test
  void nothingThatWasAcknowledgedIsLost() throws IOException, InterruptedException {
    requireParts();
    int exit = cut(Settings.seed(), Mutation.NOTHING);
    assertEquals(0, exit, () -> said());
    said().lines().filter(line -> line.startsWith("power cut: ")).forEach(System.out::println);
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NOTHING")
  void aMutationIsFound(Mutation mutation) throws IOException, InterruptedException {
    requireParts();
    int exit = cut(Settings.seed(), mutation);
    assertEquals(PowerCutMain.LOST, exit, () -> said());
    String lost = said().lines().filter(line -> line.startsWith("lost ")).findFirst().orElseThrow();
    System.out.println("power cut: " + mutation + " is found: " + lost);
  }

  private int cut(long seed, Mutation mutation) throws IOException, InterruptedException {
    Path target = Files.createDirectories(Path.of("target"));
    Path failed = target.resolve("power-cut-" + mutation + "-" + seed + ".img").toAbsolutePath();
    int exit =
        run(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "-Xmx256m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            PowerCutMain.class.getName(),
            directory.toString(),
            served.toString(),
            String.valueOf(seed),
            String.valueOf(IMAGES * Settings.soak()),
            String.valueOf(SECONDS * Settings.soak()),
            mutation.name(),
            failed.toString());
    if (mutation != Mutation.NOTHING) {
      Files.deleteIfExists(failed);
    }
    return exit;
  }

  /**
   * Runs a command among mounts and processes of its own: when it ends or is killed, all that it
   * has started is killed, and all that it has mounted is gone, and with that its loop devices.
   */
  private int run(String... command) throws IOException, InterruptedException {
    List<String> all = new ArrayList<>();
    all.addAll(List.of("unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"));
    all.addAll(List.of("sh", "-c", SERVE, served.toString()));
    all.addAll(List.of(command));
    Process process =
        new ProcessBuilder(all).redirectErrorStream(true).redirectOutput(output.toFile()).start();
    try {
      assertTrue(
          process.waitFor(DEADLINE_SECONDS * Settings.soak(), TimeUnit.SECONDS),
          () -> "in time: " + said());
      return process.exitValue();
    } finally {
      process.destroyForcibly();
      process.onExit().orTimeout(DEADLINE_SECONDS, TimeUnit.SECONDS).join();
      requireFreed();
    }
  }

  /** The kernel frees a loop device when the last mount of it is gone: soon. */
  private void requireFreed() throws IOException, InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(DEADLINE_SECONDS);
    while (!loopDevices().isEmpty()) {
      assertTrue(System.nanoTime() < end, () -> "loop devices are left over: " + directory);
      Thread.sleep(20);
    }
  }

  /** Returns those of files of this test. */
  private List<Path> loopDevices() throws IOException {
    List<Path> devices = new ArrayList<>();
    try (DirectoryStream<Path> all = Files.newDirectoryStream(Path.of("/sys/block"), "loop*")) {
      for (Path device : all) {
        Path backing = device.resolve("loop/backing_file");
        try {
          if (Files.readString(backing).startsWith(directory.toRealPath().toString())) {
            devices.add(device);
          }
        } catch (IOException _) {
          // it is free, or becomes so
        }
      }
    }
    return devices;
  }

  private String said() {
    try {
      return Files.readString(output);
    } catch (IOException e) {
      return e.toString();
    }
  }

  /** Skips, and says what is missing; in CI nothing is. */
  private void requireParts() throws InterruptedException {
    String missing = "";
    try {
      if (run("sh", "-c", "mkfs.ext4 -V && e2fsck -V && losetup -f") != 0) {
        missing = said();
      }
    } catch (IOException e) {
      missing = e.toString(); // no unshare
    }
    if (!missing.isEmpty()) {
      String what = "missing: root, /dev/fuse, loop devices or e2fsprogs: " + missing;
      if ("true".equals(System.getenv("CI"))) {
        fail(what);
      }
      abort(what);
    }
  }
}
