package dev.cairn.tests.fuzz;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * One run of the fuzzer (Jazzer, which is libFuzzer below) on one target, in a JVM of its own: it
 * begins with the corpus in the repository and ends after its time or with its first find.
 *
 * @param target what is fuzzed
 * @param directory for all that the run leaves behind
 * @param seconds of fuzzing
 * @param seed of the fuzzer's random numbers
 * @param patch a directory of classes that stand before all others, or nothing
 */
record FuzzRun(FuzzTarget target, Path directory, int seconds, long seed, String patch) {
  private static final String OURS =
      "dev.cairn.store.**:dev.cairn.chain.**:dev.cairn.transport.**:dev.cairn.tools.**:"
          + "dev.cairn.tests.fuzz.Planted*";
  private static final Pattern COVERAGE = Pattern.compile(" cov: ([0-9]+) ");
  private static final Pattern EXECUTIONS =
      Pattern.compile("stat::number_of_executed_units: *([0-9]+)");

  /** Longest time for one input; libFuzzer then takes it for a find. */
  private static final int INPUT_SECONDS = 10;

  /** What Java code may have outside the heap, the fuzzer's own with it. */
  private static final int NATIVE_KIB = 8 << 10;

  /** To start, and to end once the time is over. */
  private static final int PATIENCE_SECONDS = 180;

  /** How much of what the fuzzer says of a find is passed on, characters. */
  private static final int MOST_SAID = 6000;

  /**
   * What came of it.
   *
   * @param executions inputs that were read
   * @param edges of the instrumented code that some input reached
   * @param seedEdges those that the corpus reached
   * @param found what was said of an input that broke a promise; or nothing
   * @param inputs that did, kept where they outlive the run
   */
  record Result(long executions, long edges, long seedEdges, String found, List<Path> inputs) {}

  /** Runs it to its end. */
  Result run() throws IOException, InterruptedException {
    Files.createDirectories(directory.resolve("work"));
    Files.createDirectories(directory.resolve("tmp"));
    Files.createDirectories(directory.resolve("found"));
    Path log = directory.resolve("log");
    Process process =
        new ProcessBuilder(command())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
            .start();
    boolean ended;
    try {
      ended = process.waitFor(seconds + PATIENCE_SECONDS, TimeUnit.SECONDS);
    } finally {
      process.destroyForcibly();
      process.onExit().orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS).join();
    }
    String said = Files.readString(log, StandardCharsets.ISO_8859_1);
    boolean sound = ended && process.exitValue() == 0;
    List<Long> edges = numbers(COVERAGE, said);
    return new Result(
        numbers(EXECUTIONS, said).stream().findFirst().orElse(0L),
        edges.isEmpty() ? 0 : edges.getLast(),
        edges.isEmpty() ? 0 : edges.getFirst(),
        sound ? "" : found(said),
        sound ? List.of() : keepInputs());
  }

  private List<String> command() {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(FuzzJvm.options(NATIVE_KIB));
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add("-Djava.io.tmpdir=" + directory.resolve("tmp"));
    String classes = System.getProperty("java.class.path");
    command.addAll(
        List.of("-cp", patch.isEmpty() ? classes : patch + File.pathSeparator + classes));
    command.add("com.code_intelligence.jazzer.Jazzer");
    command.add("--target_class=" + FuzzMain.class.getName());
    command.add("--target_args=" + target.name());
    command.add("--instrumentation_includes=" + OURS);
    command.add("--custom_hook_includes=" + OURS);
    command.add("--reproducer_path=" + directory.resolve("tmp"));
    command.add("-artifact_prefix=" + directory.resolve("found") + "/");
    command.add("-max_total_time=" + seconds);
    command.add("-timeout=" + INPUT_SECONDS);
    command.add("-max_len=" + target.mostBytes());
    command.add("-rss_limit_mb=2048");
    command.add("-print_final_stats=1");
    command.add("-seed=" + (1 + Math.floorMod(seed, 1_000_000_000L)));
    command.add(directory.resolve("work").toString());
    command.add(FuzzCorpus.directory(target).toString());
    return command;
  }

  private static List<Long> numbers(Pattern pattern, String said) {
    return pattern
        .matcher(said)
        .results()
        .map(MatchResult::group)
        .map(text -> Long.valueOf(text.replaceAll("[^0-9]", "")))
        .toList();
  }

  private List<Path> keepInputs() throws IOException {
    Path home = Path.of("target", "fuzz", target.name()).toAbsolutePath();
    Files.createDirectories(home);
    List<Path> kept = new ArrayList<>();
    try (Stream<Path> inputs = Files.list(directory.resolve("found"))) {
      for (Path input : inputs.toList()) {
        Path copy = home.resolve(String.valueOf(input.getFileName()));
        Files.write(copy, Files.readAllBytes(input));
        kept.add(copy);
      }
    }
    return kept;
  }

  private static String found(String said) {
    int named = said.indexOf("== Java Exception");
    int at = named >= 0 ? named : Math.max(0, said.length() - MOST_SAID);
    return said.substring(at, Math.min(said.length(), at + MOST_SAID));
  }
}
