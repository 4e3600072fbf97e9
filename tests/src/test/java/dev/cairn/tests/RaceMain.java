package dev.cairn.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * One process of {@link ReaderRaceTest}: plays one role on the store until its time is over and all
 * have done enough, or until one of them has failed. Its arguments: role, number of it, directory,
 * seconds at least, seconds at most, seed.
 */
final class RaceMain {
  static final String CHAIN = "vm";
  static final NumberedMemory MEMORY = new NumberedMemory(200);

  /** So many of the newest points no retention takes. */
  static final int KEPT = 10;

  static final int DONE = 0;
  static final int NO_SUCH = 10;
  static final int BUSY = 11;

  /** What one role does again and again. */
  interface Role extends AutoCloseable {
    void turn() throws IOException;

    @Override
    void close() throws IOException;
  }

  final Path store;

  /** A directory of this process's own. */
  final Path own;

  final Random random;
  private final Cli cairn;
  private final Map<String, Long> counts = new TreeMap<>();

  private RaceMain(Path directory, String who, long seed) throws IOException {
    this.store = directory.resolve("store");
    this.own = Files.createDirectories(directory.resolve(who));
    this.random = new Random(seed);
    this.cairn = new Cli(store);
  }

  public static void main(String[] arguments) throws IOException {
    String who = arguments[0] + arguments[1];
    Path directory = Path.of(arguments[2]);
    RaceMain race =
        new RaceMain(directory, who, Long.parseLong(arguments[5]) * 31 + who.hashCode());
    RaceEnd end =
        new RaceEnd(directory, Long.parseLong(arguments[3]), Long.parseLong(arguments[4]));
    try (Role role = race.role(arguments[0])) {
      while (!end.isHere(who, RaceGoals.areReached(arguments[0], race.counts))) {
        role.turn();
      }
    } catch (IOException | RuntimeException | Error e) {
      end.fail(who);
      throw e;
    } finally {
      race.counts.forEach((what, count) -> System.out.println("count " + count + " " + what));
    }
  }

  private Role role(String name) throws IOException {
    return switch (name) {
      case "writer" -> new RaceWriter(this);
      case "merger" -> new RaceMerger(this);
      case "reader" -> new RaceReader(this);
      default -> throw new IllegalArgumentException(name);
    };
  }

  void count(String what) {
    counts.merge(what, 1L, Long::sum);
  }

  /** Runs a command that must end with one of these codes; a failure is told in one line. */
  Cli.Said run(Set<Integer> exits, String... command) {
    String[] all =
        Stream.concat(Arrays.stream(command), Stream.of("--json")).toArray(String[]::new);
    Cli.Said said = cairn.attempt(all);
    assertTrue(exits.contains(said.exit()), () -> List.of(command) + ": " + said);
    if (said.exit() == DONE) {
      assertEquals("", said.errors(), () -> List.of(command) + " warns");
    } else {
      assertEquals("", said.out(), () -> List.of(command) + " has no result");
      assertEquals(1, said.errors().lines().count(), said.errors());
      count(command[0] + ", exit " + said.exit());
    }
    return said;
  }

  /** Returns the numbers of the points, after a look at what retention may never have taken. */
  List<Long> list() throws IOException {
    List<Long> points = new ArrayList<>();
    for (JsonNode point : run(Set.of(DONE), "list", CHAIN).json().get("points")) {
      points.add(point.get("checkpoint").asLong());
    }
    long tip = points.getLast();
    int newest = (int) Math.min(KEPT, tip + 1);
    for (int i = 0; i < newest; i++) {
      assertEquals(tip - i, points.get(points.size() - 1 - i), () -> "retained: " + points);
    }
    count("lists");
    return points;
  }

  /** Restores a point and checks each byte. */
  Cli.Said restore(Set<Integer> exits, String point) throws IOException {
    Path out = own.resolve("restored");
    Cli.Said said = run(exits, "restore", point, "--to", "raw:" + out);
    if (said.exit() == DONE) {
      MEMORY.check(said.json().get("checkpoint").asLong(), Files.readAllBytes(out), point);
      count("restores");
    }
    return said;
  }
}
