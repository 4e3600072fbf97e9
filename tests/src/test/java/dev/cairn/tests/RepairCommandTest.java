package dev.cairn.tests;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code cairn repair}, and what {@code cairn verify} says before and after. */
class RepairCommandTest {
  private final VectorStore store;
  private final Cli cairn;

  RepairCommandTest(@TempDir Path directory) throws IOException, InterruptedException {
    store = new VectorStore(directory);
    cairn = store.cli();
  }

  private List<String> files() throws IOException {
    try (Stream<Path> files = Files.walk(store.path().resolve("chains"))) {
      return files.map(Path::toString).sorted().toList();
    }
  }

  @Test
  void aChainWithoutDamageIsLeftAlone() throws IOException {
    List<String> before = files();
    assertTrue(cairn.run(0, "repair", "vm").out().contains("no damage"));
    JsonNode json = cairn.json(0, "repair", "vm", "--dry-run");
    assertTrue(json.get("clean").asBoolean());
    assertEquals(0, json.get("findings").size());
    assertEquals(before, files());
    cairn.run(10, "repair", "nobody");
  }

  @Test
  void aDamagedPageLosesThePointsThatSeeIt() throws IOException {
    Path newest = store.file(3);
    String name = newest.getFileName().toString();
    VectorStore.flip(newest);
    byte[] damaged = Files.readAllBytes(newest);

    String verified = cairn.run(4, "verify").out();
    assertTrue(verified.contains("vm/" + name), verified);
    assertTrue(verified.contains("cairn repair vm"), verified);
    JsonNode verify = cairn.json(4, "verify", "vm");
    assertFalse(verify.get("clean").asBoolean());
    assertEquals(name, verify.get("findings").get(0).get("file").asText());
    assertEquals("vm", verify.get("damagedChains").get(0).asText());

    List<String> before = files();
    String plan = cairn.run(4, "repair", "vm", "--dry-run").out();
    assertTrue(plan.contains("lost       vm@3"), plan);
    assertTrue(plan.contains("newest     vm@2"), plan);
    assertTrue(plan.contains("put aside  " + name), plan);
    assertTrue(plan.contains("nothing was changed"), plan);
    JsonNode json = cairn.json(4, "repair", "vm", "--dry-run");
    assertEquals(before, files());
    assertTrue(json.get("dryRun").asBoolean());
    assertFalse(json.get("clean").asBoolean());
    assertTrue(json.get("repairable").asBoolean());
    assertEquals(2, json.get("checkpoint").asInt());
    assertEquals("[3]", json.get("lost").toString());
    assertEquals("[\"" + name + "\"]", json.get("setAside").toString());
    assertEquals(name, json.get("findings").get(0).get("file").asText());

    String done = cairn.run(0, "repair", "vm").out();
    Path aside = store.path().resolve("chains/vm/damaged");
    try (Stream<Path> repairs = Files.list(aside)) {
      Path repair = repairs.findFirst().orElseThrow();
      assertTrue(done.contains(repair.toRealPath().toString()), done);
      assertArrayEquals(damaged, Files.readAllBytes(repair.resolve(name)));
    }
    cairn.run(0, "verify");
    cairn.run(10, "show", "vm@3");
    for (int n = 0; n < 3; n++) {
      store.check(cairn, "vm@t" + n, n);
    }
    store.checkpoint(3, "again");
    store.check(cairn, "vm@4", 3);
    cairn.run(0, "compact", "vm");
    store.check(cairn, "vm@again", 3);
    cairn.run(0, "verify");
  }

  @Test
  void whereNothingIsIntactItSaysSo() throws IOException {
    try (FileChannel base = FileChannel.open(store.file(0), StandardOpenOption.WRITE)) {
      base.truncate(1000);
    }
    List<String> before = files();
    Cli.Said result = cairn.run(4, "repair", "vm");
    assertTrue(result.out().contains(store.file(0).getFileName().toString()), result.out());
    assertTrue(result.errors().contains("nothing was changed"), result.errors());
    assertFalse(cairn.json(4, "repair", "vm").get("repairable").asBoolean());
    assertEquals(before, files());
  }
}
