package dev.cairn.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cairn.chain.Chain;
import dev.cairn.chain.Edit;
import dev.cairn.chain.Environment;
import dev.cairn.chain.Store;
import dev.cairn.store.io.FileSystemDirectory;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A hold that its owner forgot is seen, and ended by hand. */
class HoldCommandsTest {
  private final VectorStore store;
  private final Cli cairn;

  HoldCommandsTest(@TempDir Path directory) throws IOException, InterruptedException {
    store = new VectorStore(directory);
    cairn = store.cli();
  }

  @BeforeEach
  void hold() throws IOException {
    Environment environment =
        new Environment(Clock.systemUTC(), new Random(1), Duration.ofSeconds(1));
    try (Store open = Store.open(FileSystemDirectory.open(store.path()), environment);
        Chain vm = open.open("vm")) {
      vm.commit(List.of(new Edit.TakeHold("send-7", 1, "a dead transfer")), List.of());
    }
  }

  private String points() {
    return cairn.json(0, "list", "vm").get("points").findValuesAsText("checkpoint").toString();
  }

  @Test
  void holdsAreShownWithTheirTokens() {
    assertTrue(cairn.run(0, "show", "vm@1").out().contains("send-7, of a dead transfer"));
    assertTrue(cairn.run(0, "stats", "vm").out().contains("send-7 on vm@1, of a dead transfer"));
    JsonNode show = cairn.json(0, "show", "vm@1").get("holds").get(0);
    assertEquals("send-7", show.get("token").asText());
    assertEquals("a dead transfer", show.get("owner").asText());
    assertEquals(0, cairn.json(0, "show", "vm@2").get("holds").size());
    JsonNode stats = cairn.json(0, "stats", "vm").get("holds").get(0);
    assertEquals("send-7", stats.get("token").asText());
    assertEquals(1, stats.get("checkpoint").asInt());
  }

  @Test
  void aHoldIsEndedByItsToken() {
    cairn.run(0, "forget", "vm", "--keep-last", "1");
    assertEquals("[1, 3]", points(), "a held point stays");
    assertTrue(
        cairn
            .run(10, "forget", "vm", "--expire-hold", "send-8")
            .errors()
            .contains("cairn stats vm"));
    JsonNode plan = cairn.json(0, "forget", "vm", "--expire-hold", "send-7", "--dry-run");
    assertEquals("[\"send-7\"]", plan.get("expiredHolds").toString());
    assertEquals(1, cairn.json(0, "stats", "vm").get("holds").size());
    cairn.run(0, "forget", "vm", "--expire-hold", "send-7");
    assertEquals(0, cairn.json(0, "stats", "vm").get("holds").size());
    assertEquals("[1, 3]", points(), "without a rule nothing is forgotten");
    cairn.run(10, "forget", "vm", "--expire-hold", "send-7");
    cairn.run(2, "forget", "vm");
  }

  @Test
  void aPointWhoseHoldEndsIsForgottenByTheSameCommand() {
    String[] forget = {"forget", "vm", "--keep-last", "1", "--expire-hold", "send-7"};
    String[] plan = {"forget", "vm", "--keep-last", "1", "--expire-hold", "send-7", "--dry-run"};
    assertEquals("[0,1,2]", cairn.json(0, plan).get("forgotten").toString());
    assertEquals("[0, 1, 2, 3]", points());
    assertEquals("[0,1,2]", cairn.json(0, forget).get("forgotten").toString());
    assertEquals("[3]", points());
  }
}
