package dev.cairn.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cairn.chain.Environment;
import dev.cairn.chain.Store;
import dev.cairn.store.io.FileSystemDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is wrong with one chain is told, and hides nothing of the others. */
class ManyChainsTest {
  private final Path directory;
  private final Path chains;
  private final KnownStore known;
  private final Cli cairn;

  ManyChainsTest(@TempDir Path directory) {
    this.directory = directory;
    this.chains = directory.resolve("store").resolve("chains");
    this.known = new KnownStore(directory.resolve("store"), directory);
    this.cairn = known.cairn();
  }

  @BeforeEach
  void threeChains() throws IOException {
    for (String chain : List.of("a", "b", "c")) {
      known.checkpoint(chain);
    }
  }

  private static List<String> texts(JsonNode array) {
    return array.findValuesAsText("chain");
  }

  @Test
  void aChainThatLostItsManifestIsDamaged() throws IOException {
    Path manifest = chains.resolve("b").resolve("MANIFEST");
    Path aside = directory.resolve("aside");
    Files.move(manifest, aside);
    Cli.Said verified = cairn.run(4, "verify");
    assertTrue(verified.out().contains("b/MANIFEST"), verified.out());
    JsonNode json = cairn.json(4, "verify");
    assertFalse(json.get("clean").asBoolean());
    assertEquals("[\"b\"]", json.get("damagedChains").toString());
    JsonNode listed = cairn.json(4, "list");
    assertEquals(List.of("a", "c"), texts(listed.get("chains")));
    assertEquals("[\"b\"]", listed.get("failedChains").toString());
    cairn.run(4, "list", "b");
    JsonNode indexed = cairn.json(4, "reindex");
    assertEquals("[\"b\"]", indexed.get("skipped").toString());
    Files.move(aside, manifest);
    known.nothingIsLost();
  }

  @Test
  void whatIsNoChainIsPassedOver() throws IOException {
    Files.writeString(chains.resolve(".notes"), "mine");
    Files.createDirectory(chains.resolve("empty"));
    Files.createSymbolicLink(chains.resolve(".link"), chains.resolve("a"));
    assertEquals(List.of("a", "b", "c"), texts(cairn.json(0, "list").get("chains")));
    passedOverByWhatMakesOrCopies();
    known.nothingIsLost();
  }

  /** By what asks about all chains it is told: a chain may have been there. */
  @Test
  void whatHasAChainsNameAndIsNoneIsTold() throws IOException {
    Files.writeString(chains.resolve("notes"), "mine");
    Files.createSymbolicLink(chains.resolve("link"), chains.resolve("a"));
    assertEquals(List.of("a", "b", "c"), texts(cairn.json(4, "list").get("chains")));
    assertEquals(2, cairn.json(4, "verify").get("findings").size());
    passedOverByWhatMakesOrCopies();
    Files.delete(chains.resolve("notes"));
    Files.delete(chains.resolve("link"));
    known.nothingIsLost();
  }

  private void passedOverByWhatMakesOrCopies() throws IOException {
    assertEquals(0, cairn.json(0, "reindex").get("skipped").size());
    known.checkpoint("a");
    Cli other = new Cli(directory.resolve("other"));
    other.run(0, "init");
    Files.writeString(directory.resolve("other").resolve("chains").resolve("notes"), "mine");
    cairn.run(0, "copy", "a", "--to", directory.resolve("other").toString());
  }

  @Test
  void oneChainsTroubleLeavesTheAnswerAboutTheOthers() throws IOException {
    Path manifest = chains.resolve("a").resolve("MANIFEST");
    Path aside = directory.resolve("aside");
    Files.move(manifest, aside);
    Files.createDirectory(manifest);
    for (String command : List.of("verify", "list")) {
      Cli.Said said = cairn.run(1, command);
      assertEquals(1, said.errors().lines().count(), said.errors());
      assertTrue(said.errors().contains(manifest.toString()), said.errors());
      assertTrue(said.out().contains(command.equals("list") ? "c  " : "2 chains verified: clean"));
      JsonNode json = cairn.json(1, command);
      assertEquals("[\"a\"]", json.get("failedChains").toString());
    }
    assertFalse(cairn.json(1, "verify").get("clean").asBoolean());

    Path damaged = chains.resolve("c").resolve("MANIFEST");
    byte[] own = Files.readAllBytes(damaged);
    Files.write(damaged, new byte[] {1, 2, 3});
    assertEquals("[\"c\"]", cairn.json(4, "verify").get("damagedChains").toString());
    assertEquals(List.of("b"), texts(cairn.json(4, "list").get("chains")));

    Files.write(damaged, own);
    Files.delete(manifest);
    Files.move(aside, manifest);
    known.nothingIsLost();
  }

  @Test
  void anEmptyChainHasNoNewestPoint() throws IOException {
    Environment environment =
        new Environment(Clock.systemUTC(), new Random(1), Duration.ofSeconds(1));
    Path store = directory.resolve("store");
    try (Store open = Store.open(FileSystemDirectory.open(store), environment)) {
      open.create("z", 4096).close();
    }
    JsonNode last = cairn.json(0, "list").get("chains").get(3);
    assertEquals("z", last.get("chain").asText());
    assertTrue(last.get("newest").isNull(), last::toString);
    Cli.Said said = cairn.run(10, "restore", "z", "--to", "raw:" + directory.resolve("never"));
    assertTrue(said.errors().contains("see: cairn help checkpoint"), said.errors());
  }
}
