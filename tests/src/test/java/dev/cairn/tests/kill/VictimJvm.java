package dev.cairn.tests.kill;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** How victims are started on a store. Immutable. */
public final class VictimJvm {
  private static final long DEADLINE_SECONDS = 120;
  private static final List<String> SMALL =
      List.of(
          "--enable-native-access=ALL-UNNAMED",
          "-Xmx64m",
          "-XX:TieredStopAtLevel=1",
          "-XX:+UseSerialGC",
          "-XX:-UsePerfData");

  private final Path store;
  private final String classPath;
  private final List<String> options;
  private final Durations durations = new Durations();

  private VictimJvm(Path store, String classPath, List<String> options) {
    this.store = store;
    this.classPath = classPath;
    this.options = List.copyOf(options);
  }

  /** With the classes of this JVM. */
  static VictimJvm plain(Path store) {
    return new VictimJvm(store, System.getProperty("java.class.path"), List.of());
  }

  /**
   * With classes that come before those of this JVM.
   *
   * @param changed a directory or jar
   */
  static VictimJvm changed(Path store, Path changed) {
    String all = changed + File.pathSeparator + System.getProperty("java.class.path");
    return new VictimJvm(store, all, List.of());
  }

  /**
   * With an AOT cache of those classes, by which a start takes a third less time; made by a
   * training run. Where the JVM cannot use it, it does without.
   *
   * @param scratch a directory of its own
   * @param like a store that the training works on
   */
  static VictimJvm trained(Path store, Path scratch, Path like)
      throws IOException, InterruptedException {
    String classPath = ClassJars.of(System.getProperty("java.class.path"), scratch);
    Path cache = scratch.resolve("victim.aot");
    VictimJvm training = new VictimJvm(like, classPath, List.of("-XX:AOTCacheOutput=" + cache));
    Path said = scratch.resolve("training.out");
    Process process =
        training
            .command(VictimMain.TRAINING, 1)
            .redirectErrorStream(true)
            .redirectOutput(said.toFile())
            .start();
    try {
      if (!process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
        throw new IOException("training: " + Files.readString(said));
      }
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
      process.onExit().orTimeout(DEADLINE_SECONDS, TimeUnit.SECONDS).join();
    }
    return new VictimJvm(store, classPath, shortLived(cache));
  }

  /** Who lives for some seconds only compiles less; its warnings would be taken for its words. */
  private static List<String> shortLived(Path cache) {
    return List.of("-XX:AOTCache=" + cache, "-XX:CompileThresholdScaling=4", "-Xlog:disable");
  }

  private ProcessBuilder command(String role, long seed) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(SMALL);
    command.addAll(options);
    command.addAll(List.of("-cp", classPath, VictimMain.class.getName()));
    command.addAll(List.of(role, store.toString(), String.valueOf(seed)));
    return new ProcessBuilder(command);
  }

  Process start(String role, long seed) throws IOException {
    return command(role, seed).redirectErrorStream(true).start();
  }

  /** Returns how long the tasks of those who were started so last. */
  Durations durations() {
    return durations;
  }
}
