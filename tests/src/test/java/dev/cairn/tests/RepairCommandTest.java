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
  void aLostManifestIsTakenFromItsSpare() throws IOException {
    Path manifest = store.path().resolve("chains/vm/MANIFEST");
    byte[] whole = Files.readAllBytes(manifest);
    VectorStore.flip(manifest);
    Cli.Said refused = cairn.run(4, "show", "vm@2");
    assertTrue(refused.errors().contains("cairn verify"), refused.errors());
    String verified = cairn.run(4, "verify").out();
    assertTrue(verified.contains("vm/MANIFEST: CRC at offset"), verified);
    assertTrue(verified.contains("cairn repair vm --dry-run"), verified);
    List<String> before = files();
    String plan = cairn.run(4, "repair", "vm", "--dry-run").out();
    assertTrue(plan.contains("MANIFEST   from its spare"), plan);
    assertTrue(plan.contains("nothing was changed"), plan);
    assertTrue(cairn.json(4, "repair", "vm", "--dry-run").get("manifestFromSpare").asBoolean());
    assertEquals(before, files());
    JsonNode json = cairn.json(0, "repair", "vm");
    assertTrue(json.get("manifestFromSpare").asBoolean());
    assertEquals("[]", json.get("unknownToSpare").toString());
    assertArrayEquals(whole, Files.readAllBytes(manifest));
    cairn.run(0, "verify");
    for (int n = 0; n < 4; n++) {
      store.check(cairn, "vm@t" + n, n);
    }
  }

  @Test
  void anOlderManifestIsNotRepairedButTold() throws IOException {
    Path manifest = store.path().resolve("chains/vm/MANIFEST");
    byte[] older = Files.readAllBytes(manifest);
    cairn.run(0, "pin", "vm@1");
    byte[] newest = Files.readAllBytes(manifest);
    Files.write(manifest, older);
    for (String command : List.of("verify", "repair")) {
      Cli.Said said = cairn.run(4, command, "vm");
      String all = said.out() + said.errors();
      assertTrue(all.contains("cairn fork vm@latest NEWNAME"), all);
      assertTrue(all.contains("MANIFEST: generation at offset 0"), all);
    }
    assertArrayEquals(older, Files.readAllBytes(manifest));
    Files.write(manifest, newest);
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
