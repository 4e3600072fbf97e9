package dev.cairn.tests.powercut;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Random;

/**
 * Serves a disk to a workload in another process, and logs what is written; then makes of the log
 * what a power cut may leave, mounts it, and checks the store on it. Started among private mounts,
 * with /dev/fuse as its standard input. It exits with {@link #LOST} when something was lost.
 */
final class PowerCutMain {
  static final int LOST = 3;

  private static final int DISK_BYTES = 16 << 20;

  private final long seed;
  private final Mutation mutation;
  private final Path memory;
  private final Replay.Bench bench;

  private PowerCutMain(Path directory, long seed, Mutation mutation) throws IOException {
    this.seed = seed;
    this.mutation = mutation;
    this.memory = Files.createDirectory(directory.resolve("memory"));
    this.bench =
        new Replay.Bench(
            memory.resolve("disk"), Files.createDirectory(directory.resolve("mounted")));
  }

  /**
   * The arguments: a directory; the file on which FUSE is mounted; the seed; how many images to
   * look at, and how many seconds long; the {@link Mutation}; where to leave the image that shows a
   * loss.
   */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    long seed = Long.parseLong(arguments[2]);
    Mutation mutation = Mutation.valueOf(arguments[5]);
    PowerCutMain main = new PowerCutMain(Path.of(arguments[0]), seed, mutation);
    Recording recording = main.record(Path.of(arguments[1]));
    Replay replay = new Replay(recording, new Plan(seed));
    Replay.Limits limits =
        new Replay.Limits(
            Integer.parseInt(arguments[3]),
            Long.parseLong(arguments[4]),
            mutation == Mutation.FLUSHES ? 2 : 1);
    boolean sound = false;
    try {
      sound = replay.run(main.bench, limits, new Random(seed));
      System.out.println("power cut: ext4, " + replay.summary());
    } finally {
      if (!sound) {
        Files.copy(main.bench.disk(), Path.of(arguments[6]), StandardCopyOption.REPLACE_EXISTING);
      }
    }
    System.exit(sound ? 0 : LOST);
  }

  private Recording record(Path served) throws IOException, InterruptedException {
    String disk = bench.disk().toString();
    Programs.run("mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", memory.toString());
    Files.write(bench.disk(), new byte[DISK_BYTES]);
    Programs.run("mkfs.ext4", "-q", "-F", "-b", "4096", disk);
    BlockLog log = new BlockLog(Files.readAllBytes(bench.disk()));
    Thread.ofPlatform().daemon().start(new FuseDisk(log));
    Recording recording = Recording.of(log, served, bench.mounted(), workload());
    if (recording.acknowledged().size() != new Plan(seed).steps().size()) {
      throw new IOException("steps: " + recording.acknowledged().size());
    }
    return recording;
  }

  private List<String> workload() {
    return List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "--enable-native-access=ALL-UNNAMED",
        "-Xmx128m",
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",
        "-cp",
        System.getProperty("java.class.path"),
        WorkloadMain.class.getName(),
        bench.store().toString(),
        String.valueOf(seed),
        mutation.name());
  }
}
