package dev.cairn.tests;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code kill -9} of a process in the middle of a command: the store opens, the newest acknowledged
 * point is there, of each chain the tip and one more point are exact, and after the next commit
 * nothing is left over.
 */
class KillTest {
  private static final List<String> COMMANDS = List.of("checkpoint", "merge", "compact", "fork");
  private static final int ROUNDS = 20;
  private static final int MOST_ROUNDS = 60;

  /** So often each command is hit at least, whatever chance says. */
  private static final int LEAST_HITS = 2;

  private static final int KEPT = 8;
  private static final long DEADLINE_SECONDS = 60;

  private final Path directory;
  private final Cli cairn;
  private final Random random;
  private final Map<String, Integer> hits = new TreeMap<>();
  private long next;
  private int leftOver;

  KillTest(@TempDir Path directory) {
    this.directory = directory;
    this.cairn = new Cli(directory.resolve("store"));
    this.random = new Random(Settings.seed());
  }

  @Test
  void aKilledCommandLosesNothingThatWasAcknowledged() throws IOException, InterruptedException {
    cairn.run(0, "init");
    checkpoint();
    int rounds = 0;
    while (rounds < ROUNDS * Settings.soak() || hits.size() < COMMANDS.size() || leastHits()) {
      assertTrue(rounds < MOST_ROUNDS * Settings.soak(), () -> "hits: " + hits);
      String command = COMMANDS.get(rounds % COMMANDS.size());
      String said = runAndKill(command);
      look(said);
      goOn(rounds);
      rounds++;
    }
    System.out.println(
        "kill: %d rounds, in the middle of %s, files left over %d times"
            .formatted(rounds, hits, leftOver));
  }

  private boolean leastHits() {
    return hits.values().stream().anyMatch(count -> count < LEAST_HITS);
  }

  /** Kills a child at a random moment after it has begun a command, some times over. */
  private String runAndKill(String command) throws IOException, InterruptedException {
    int which = 1 + random.nextInt(3);
    try (Child child =
        Child.java(
            directory,
            List.of("-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"),
            KillMain.class,
            command,
            directory.toString(),
            String.valueOf(next))) {
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(DEADLINE_SECONDS);
      while (child.said().split("begin " + command + "\n", -1).length <= which) {
        assertTrue(System.nanoTime() < end, "the child begins " + command + " in time");
        assertTrue(!child.hasEndedWithin(500), () -> "the child lives");
      }
      assertTrue(!child.hasEndedWithin(random.nextLong(30_000)), "the child lives");
      child.kill();
      return child.said();
    }
  }

  /** What the next process finds. */
  private void look(String said) throws IOException {
    List<String> lines = said.lines().toList();
    String last = lines.getLast();
    if (last.startsWith("begin ")) {
      hits.merge(last.substring(6), 1, Integer::sum);
    }
    for (String line : lines) {
      if (line.startsWith("acknowledged ")) {
        next = Long.parseLong(line.substring(13)) + 1;
      }
    }
    cairn.run(0, "verify");
    for (JsonNode chain : cairn.run(0, "list", "--json").json().get("chains")) {
      String name = chain.get("chain").asText();
      List<Long> points = new ArrayList<>();
      for (JsonNode point : cairn.run(0, "list", name, "--json").json().get("points")) {
        points.add(point.get("checkpoint").asLong());
      }
      if (name.equals(KillMain.CHAIN)) {
        long tip = points.getLast();
        assertTrue(tip == next - 1 || tip == next, () -> next - 1 + " acknowledged: " + points);
        next = tip + 1;
      }
      restore(name, points.getLast());
      restore(name, points.get(random.nextInt(points.size())));
    }
  }

  private void restore(String chain, long point) throws IOException {
    Path out = directory.resolve("out");
    cairn.run(0, "restore", chain + "@" + point, "--to", "raw:" + out);
    KillMain.MEMORY.check(point, Files.readAllBytes(out), chain + "@" + point);
  }

  private void checkpoint() throws IOException {
    Path image = Files.write(directory.resolve("image"), KillMain.MEMORY.at(next));
    cairn.run(0, "checkpoint", KillMain.CHAIN, "--from", "raw:" + image);
    next++;
  }

  /**
   * After the next commit, and after the next chain was made, nothing is left over. Whether there
   * was something to take away is chance here, and told at the end; {@code KillRoundsTest} has the
   * points where there is.
   */
  private void goOn(int round) throws IOException {
    Path store = directory.resolve("store");
    leftOver += Leftovers.temporary(store).isEmpty() ? 0 : 1;
    checkpoint();
    if (round % COMMANDS.size() == COMMANDS.indexOf("fork")) {
      cairn.run(0, "fork", KillMain.CHAIN, "side-" + round);
    }
    Leftovers.requireNone(store);
    cairn.run(0, "forget", KillMain.CHAIN, "--keep-last", String.valueOf(KEPT));
  }
}
