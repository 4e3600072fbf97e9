package dev.cairn.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Real processes on one chain for a minute, and longer where they have not done enough yet: one
 * checkpoints, one merges and forgets, two read. No wrong byte; a reader is never refused but for a
 * point that was forgotten; a writer only because another one was faster. {@code
 * HistoryReaderScheduleTest} has the same race as a schedule.
 */
class ReaderRaceTest {
  private static final int SECONDS = 60;

  /** So many times longer it may take on a busy machine. */
  private static final int MOST_TIMES = 3;

  private static final long GRACE_SECONDS = 120;
  private static final List<String> SMALL_JVM =
      List.of("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1");

  /** Of the points of forks, one in so many is restored at the end. */
  private static final long FORKS_SHARE = 8;

  private final Path directory;
  private final Cli cairn;
  private final Map<String, Long> counts = new TreeMap<>();

  ReaderRaceTest(@TempDir Path directory) {
    this.directory = directory;
    this.cairn = new Cli(directory.resolve("store"));
  }

  private Child start(String role, int number, int seconds, long seed) throws IOException {
    return Child.java(
        directory,
        SMALL_JVM,
        RaceMain.class,
        role,
        String.valueOf(number),
        directory.toString(),
        String.valueOf(seconds),
        String.valueOf(MOST_TIMES * seconds),
        String.valueOf(seed));
  }

  @Test
  void readersSeeWholePointsOnlyWhileOthersWriteMergeAndForget() throws Exception {
    int seconds = SECONDS * Settings.soak();
    long seed = Settings.seed();
    cairn.run(0, "init");
    checkpoint(0);
    long newest;
    try (Child writer = start("writer", 1, seconds, seed);
        Child merger = start("merger", 1, seconds, seed);
        Child reader = start("reader", 1, seconds, seed);
        Child other = start("reader", 2, seconds, seed)) {
      String wrote = "";
      for (Child child : List.of(reader, other, merger, writer)) {
        wrote = child.await(0, (long) MOST_TIMES * seconds + GRACE_SECONDS);
        add(wrote);
      }
      newest = Long.parseLong(wrote.replaceFirst("(?s).*newest ([0-9]+).*", "$1"));
    } finally {
      counts.forEach((what, count) -> System.out.println("reader race: " + count + " " + what));
    }
    Leftovers.requireNone(directory.resolve("store")); // all ended in peace
    everyPointIsExact(newest);
    RaceGoals.require(counts);
  }

  private void checkpoint(long number) throws IOException {
    Path image = Files.write(directory.resolve("image"), RaceMain.MEMORY.at(number));
    cairn.run(0, "checkpoint", RaceMain.CHAIN, "--from", "raw:" + image);
  }

  private void add(String said) {
    for (String line : said.lines().filter(l -> l.startsWith("count ")).toList()) {
      String[] words = line.split(" ", 3);
      counts.merge(words[2], Long.parseLong(words[1]), Long::sum);
    }
  }

  private void everyPointIsExact(long newest) throws IOException {
    cairn.run(0, "verify");
    long points = 0;
    for (JsonNode chain : cairn.run(0, "list", "--json").json().get("chains")) {
      String name = chain.get("chain").asText();
      boolean fork = !name.equals(RaceMain.CHAIN);
      long last = -1;
      for (JsonNode point : cairn.run(0, "list", name, "--json").json().get("points")) {
        last = point.get("checkpoint").asLong();
        if (fork && last % FORKS_SHARE != 0) {
          continue;
        }
        Path out = directory.resolve("out");
        cairn.run(0, "restore", name + "@" + last, "--to", "raw:" + out);
        RaceMain.MEMORY.check(last, Files.readAllBytes(out), name + "@" + last);
        points++;
      }
      if (!fork) {
        assertEquals(newest, last, "the newest acknowledged point");
      }
    }
    checkpoint(newest + 1);
    System.out.println("reader race: " + points + " points restored at the end");
  }
}
