package dev.cairn.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code cairn copy}, with images that a real QEMU wrote. */
class CopyCommandTest {
  private final VectorStore store;
  private final Cli cairn;
  private final Path target;
  private final Cli there;

  CopyCommandTest(@TempDir Path directory) throws IOException, InterruptedException {
    store = new VectorStore(directory);
    cairn = store.cli();
    target = directory.resolve("target");
    there = new Cli(target);
  }

  private JsonNode copy(int exit) {
    return cairn.json(exit, "copy", "vm", "--to", target.toString());
  }

  @Test
  void aCopyHasEveryPointAndIsBroughtForward() throws IOException {
    there.run(0, "init");
    JsonNode first = copy(0);
    assertEquals("vm", first.get("chain").asText());
    assertEquals("vm", first.get("as").asText());
    assertEquals(target.toRealPath().toString(), first.get("to").asText());
    assertEquals(3, first.get("checkpoint").asInt());
    assertEquals(4, first.get("files").asInt());
    assertEquals(4, first.get("copied").asInt());
    for (int n = 0; n < Vectors.COUNT; n++) {
      store.check(there, "vm@t" + n, n);
    }
    there.run(0, "verify");

    assertEquals(0, copy(0).get("copied").asInt());
    store.checkpoint(1, "again");
    cairn.run(0, "merge", "vm");
    assertTrue(
        cairn.run(0, "copy", "vm", "--to", target.toString()).out().contains("2 of 6 files"));
    store.check(there, "vm@again", 1);
    store.check(there, "vm@t2", 2);
    there.run(0, "verify");
  }

  @Test
  void aCopyMayHaveAnotherName() throws IOException {
    there.run(0, "init");
    cairn.run(0, "copy", "vm", "--to", target.toString(), "--as", "other");
    store.check(there, "other@t1", 1);
    there.run(10, "list", "vm");
    cairn.run(2, "copy", "vm", "--to", target.toString(), "--as", "../other");
  }

  @Test
  void aStoreIsNotMadeByTheWay() throws IOException {
    String next = "cairn --store " + target + " init";
    String[] copy = {"copy", "vm", "--to", target.toString()};
    assertTrue(cairn.run(10, copy).errors().contains(next), "no directory");
    Files.createDirectory(target);
    assertTrue(cairn.run(10, copy).errors().contains("init"), "no store");
    Files.delete(target);
    Files.createFile(target);
    assertTrue(cairn.run(10, copy).errors().contains(next), "no directory either");
  }

  @Test
  void whatDoesNotFitIsRefused() throws IOException {
    there.run(0, "init");
    copy(0);
    cairn.run(10, "copy", "nobody", "--to", target.toString());
    cairn.run(2, "copy", "vm");
    assertTrue(
        cairn.run(2, "copy", "vm", "--to", store.path().toString()).errors().contains("fork"));
    cairn.run(0, "fork", "vm@1", "other");
    String err = cairn.run(11, "copy", "other", "--to", target.toString(), "--as", "vm").errors();
    assertTrue(err.contains("another chain named vm"), err);
    assertEquals(3, there.json(0, "list", "vm").get("points").get(3).get("checkpoint").asInt());
  }

  @Test
  void aDamagedChainIsNotCopied() throws IOException {
    there.run(0, "init");
    VectorStore.flip(store.file(2));
    String err = cairn.run(4, "copy", "vm", "--to", target.toString()).errors();
    assertTrue(err.contains(store.file(2).getFileName().toString()), err);
    there.run(10, "list", "vm");
    try (var left = Files.list(target.resolve("chains"))) {
      assertFalse(left.findAny().isPresent());
    }
  }
}
