package dev.cairn.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A store of which a test knows the points and their bytes: whatever was refused, nothing may be
 * lost. Not thread-safe.
 */
public final class KnownStore {
  private static final NumberedMemory MEMORY = new NumberedMemory(64);

  private final Path outside;
  private final Cli cairn;
  private final Map<String, SortedSet<Long>> points = new TreeMap<>();

  /**
   * Makes a store.
   *
   * @param store where it is to be
   * @param outside a directory with room, for images and for what is restored
   */
  public KnownStore(Path store, Path outside) {
    this.outside = outside;
    this.cairn = new Cli(store);
    cairn.run(0, "init");
  }

  public Cli cairn() {
    return cairn;
  }

  /** Returns the points of a chain, for tests to edit. */
  public SortedSet<Long> points(String chain) {
    return points.computeIfAbsent(chain, _ -> new TreeSet<>());
  }

  /** Returns the command that makes the next checkpoint of a chain. */
  public List<String> nextCheckpoint(String chain) throws IOException {
    long next = points(chain).isEmpty() ? 0 : points(chain).getLast() + 1;
    Path image = Files.write(outside.resolve("image-" + chain), MEMORY.at(next));
    return List.of("checkpoint", chain, "--from", "raw:" + image);
  }

  /** Says that the next checkpoint was made. */
  public void checkpointed(String chain) {
    points(chain).add(points(chain).isEmpty() ? 0 : points(chain).getLast() + 1);
  }

  public void checkpoint(String chain) throws IOException {
    cairn.run(0, nextCheckpoint(chain).toArray(String[]::new));
    checkpointed(chain);
  }

  /** Runs a command that is refused in one line, which holds all these words. */
  public void refused(int exit, List<String> command, String... words) {
    requireRefusal(exit, command, cairn.attempt(command.toArray(String[]::new)), words);
  }

  /** Checks that a command was refused in one line, which holds all these words. */
  public static void requireRefusal(
      int exit, List<String> command, Cli.Said said, String... words) {
    assertEquals(exit, said.exit(), () -> command + ": " + said);
    assertEquals("", said.out(), () -> command + " has a result");
    assertEquals(1, said.errors().lines().count(), () -> command + ": " + said.errors());
    assertTrue(said.errors().startsWith("cairn: "), said.errors());
    String lower = said.errors().toLowerCase(Locale.ROOT);
    for (String word : words) {
      assertTrue(
          lower.contains(word.toLowerCase(Locale.ROOT)),
          () -> command + ": '" + word + "' in: " + said.errors());
    }
  }

  /** Verifies the store, and looks at the points of all chains; there are no others. */
  public void verify() throws IOException {
    cairn.run(0, "verify");
    Set<String> named = new TreeSet<>(points.keySet());
    named.removeIf(chain -> points(chain).isEmpty());
    assertEquals(named, chains(), "chains of the store");
    for (Map.Entry<String, SortedSet<Long>> chain : points.entrySet()) {
      if (!chain.getValue().isEmpty()) {
        List<Long> listed = new ArrayList<>();
        for (JsonNode point : cairn.run(0, "list", chain.getKey(), "--json").json().get("points")) {
          listed.add(point.get("checkpoint").asLong());
        }
        assertEquals(List.copyOf(chain.getValue()), listed, chain.getKey());
      }
    }
  }

  private Set<String> chains() {
    Set<String> chains = new TreeSet<>();
    for (JsonNode chain : cairn.run(0, "list", "--json").json().get("chains")) {
      chains.add(chain.get("chain").asText());
    }
    return chains;
  }

  /** Restores one point and checks each byte. */
  public void restore(String chain, long point) throws IOException {
    Path out = outside.resolve("restored");
    cairn.run(0, "restore", chain + "@" + point, "--to", "raw:" + out);
    MEMORY.check(point, Files.readAllBytes(out), chain + "@" + point);
  }

  /** Verifies the store, and restores every point. */
  public void nothingIsLost() throws IOException {
    verify();
    for (Map.Entry<String, SortedSet<Long>> chain : points.entrySet()) {
      for (long point : chain.getValue()) {
        restore(chain.getKey(), point);
      }
    }
  }
}
