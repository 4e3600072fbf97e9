package dev.cairn.tools.demo.qemu;

import dev.cairn.chain.Chain;
import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.Store;
import dev.cairn.tools.demo.Demo;
import dev.cairn.tools.demo.DemoConsole;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The demonstration with a real QEMU: its guest is captured while it runs; a past point of it goes
 * on in a second QEMU by postcopy, whose page server is killed in the middle. Not thread-safe.
 */
public final class QemuDemo {
  /** The program that {@code --guest auto} looks for. */
  public static final String PROGRAM = "qemu-system-x86_64";

  /** Slow enough to see pages missing. */
  private static final String RATE = "2M";

  /** Counts of the resumed guest before its page server is killed. */
  private static final int COUNTS_BEFORE = 4;

  /** Counts after all is there: the guest has compared all of its memory then. */
  private static final int COUNTS_AFTER = 40;

  /**
   * What to do. Immutable.
   *
   * @param program QEMU for x86
   * @param seconds that the guest is captured for
   * @param memoryBytes of the guest
   * @param chain a name that is free in the store
   */
  public record Options(Path program, int seconds, long memoryBytes, String chain) {
    public Options {
      if (memoryBytes < (long) CountingGuest.LEAST_MIB << 20 || memoryBytes % (1 << 20) != 0) {
        throw new IllegalArgumentException(
            "memory: expected whole MiB, at least "
                + CountingGuest.LEAST_MIB
                + "M for this guest, found "
                + memoryBytes);
      }
    }
  }

  private final Options options;
  private final Store store;
  private final DemoConsole console;
  private final List<String> failures = new ArrayList<>();
  private final Map<String, Object> figures = new LinkedHashMap<>();

  /** Of the first guest. */
  private int lastCount;

  /**
   * Prepares a demonstration.
   *
   * @param store stays the caller's
   */
  public QemuDemo(Options options, Store store, DemoConsole console) {
    this.options = options;
    this.store = store;
    this.console = console;
  }

  /** Finds QEMU on a path such as that of the environment. */
  public static Optional<Path> find(String path) {
    return Stream.of(path.split(":", -1))
        .filter(directory -> !directory.isEmpty())
        .map(directory -> Path.of(directory, PROGRAM))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /** Runs all of it. */
  public Demo.Outcome run() throws IOException {
    Path directory = Files.createTempDirectory("cd");
    try (Children children = new Children(options.seconds + 240L)) {
      figures.put("guest", "qemu");
      figures.put("qemu", CountingGuest.version(children, options.program));
      int middle = capture(children, directory);
      if (failures.isEmpty()) {
        resume(children, directory, options.chain + "@" + middle);
      }
    } finally {
      delete(directory);
    }
    return new Demo.Outcome(List.copyOf(failures), figures);
  }

  /** Captures a guest while it runs; returns the number of a point in the middle. */
  private int capture(Children children, Path directory) throws IOException {
    title("A guest runs in " + figures.get("qemu") + ", and is captured while it does");
    CountingGuest guest =
        CountingGuest.start(children, options.program, directory, options.memoryBytes, false);
    guest.awaitCounts(3);
    console.line(
        "QEMU, process "
            + guest.pid()
            + ": its guest counts, each time compares 1 MiB of its memory, and says: "
            + guest.tail());
    int points = Math.max(4, 2 * options.seconds);
    CairnRun run =
        cairn(
            children,
            directory,
            "capture",
            options.chain,
            "--qmp",
            guest.monitor(),
            "--every",
            "500ms",
            "--count",
            "" + points);
    int exit = run.await();
    if (exit != 0) {
      failures.add("capture: exit code " + exit);
      return 0;
    }
    int before = guest.counts().size();
    guest.awaitCounts(before + 2);
    console.line("the guest has run on, and says: " + guest.tail());
    check("the first guest", guest);
    lastCount = guest.count();
    figures.put("lastCount", lastCount);
    guest.kill();
    title("That QEMU is gone. Its points are here");
    try (Chain chain = store.open(options.chain);
        ChainSnapshot snapshot = chain.snapshot()) {
      console.points(snapshot);
      figures.put("points", snapshot.points().size());
    }
    return points / 2;
  }

  private void resume(Children children, Path directory, String point) throws IOException {
    title("The past point " + point + " goes on in a second QEMU before its memory is there");
    CountingGuest guest =
        CountingGuest.start(children, options.program, directory, options.memoryBytes, true);
    figures.put("resumed", point);
    CairnRun server =
        cairn(
            children,
            directory,
            "resume",
            point,
            "--postcopy",
            "--limit-rate",
            RATE,
            "--qmp",
            guest.monitor());
    if (!begins(server, guest)) {
      console.line("postcopy cannot be had here (see above); the point comes whole instead");
      precopy(children, directory, point, guest);
      return;
    }
    console.line("it goes on where it was then: " + guest.tail());
    server.kill();
    int killedAt = guest.count();
    figures.put("killedAtCount", killedAt);
    console.line("");
    console.line(
        "kill -9 " + server.pid() + ": the process that has its pages is dead, with most unsent");
    sleep(1500);
    console.line(
        guest.count() < killedAt + 8
            ? "the guest waits for a page that nobody has here: " + guest.tail()
            : "the guest goes on as long as it touches what has come: " + guest.tail());
    console.line("");
    CairnRun again =
        cairn(children, directory, "resume", point, "--recover", "--qmp", guest.monitor());
    int exit = again.await();
    if (exit != 0) {
      failures.add("resume --recover: exit code " + exit);
      return;
    }
    figures.put("recovered", true);
    goesOn(guest);
  }

  /** Waits until the guest runs; false if its source has ended before that. */
  private static boolean begins(CairnRun server, CountingGuest guest) throws IOException {
    while (server.isAlive() && guest.isAlive() && guest.counts().size() < COUNTS_BEFORE) {
      sleep(10);
    }
    return guest.isAlive() && guest.counts().size() >= COUNTS_BEFORE;
  }

  private void precopy(Children children, Path directory, String point, CountingGuest waiting)
      throws IOException {
    figures.put("recovered", false);
    waiting.kill();
    Files.deleteIfExists(directory.resolve("b.qmp"));
    CountingGuest guest =
        CountingGuest.start(children, options.program, directory, options.memoryBytes, true);
    int exit = cairn(children, directory, "resume", point, "--qmp", guest.monitor()).await();
    if (exit != 0) {
      failures.add("resume: exit code " + exit);
      return;
    }
    goesOn(guest);
  }

  private void goesOn(CountingGuest guest) throws IOException {
    int now = guest.counts().size();
    guest.awaitCounts(now + COUNTS_AFTER);
    List<Integer> counts = guest.counts();
    console.line("the guest goes on: " + guest.tail());
    check("the resumed guest", guest);
    figures.put("firstCount", counts.getFirst());
    figures.put("resumedCount", counts.getLast());
    if (counts.getFirst() >= lastCount) {
      failures.add("the resumed guest did not begin in the past");
    }
    if (failures.isEmpty()) {
      console.line(
          "it has counted from "
              + counts.getFirst()
              + " to "
              + counts.getLast()
              + ", none left out, none twice, and found each word of its memory to be right");
    }
  }

  private void check(String who, CountingGuest guest) throws IOException {
    if (!guest.isUnbroken()) {
      failures.add(who + " has left numbers out, or counted them twice: " + guest.counts());
    }
    if (guest.bad() != 0) {
      failures.add(who + " found " + guest.bad() + " wrong words in its memory");
    }
  }

  private CairnRun cairn(Children children, Path directory, String... words) throws IOException {
    return CairnRun.start(
        children, console, new CairnRun.Place(Path.of(store.path()), directory), List.of(words));
  }

  private void title(String text) {
    console.line("");
    console.line(text);
  }

  private static void sleep(long millis) throws InterruptedIOException {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted");
    }
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> all = Files.walk(directory)) {
      for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(each);
      }
    }
  }
}
