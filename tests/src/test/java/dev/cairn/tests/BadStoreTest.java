package dev.cairn.tests;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What is wrong with a store or a command line is told in one line, with its exit code, and costs
 * no data: a newer version, a file of the wrong kind, something that is not there.
 */
class BadStoreTest {
  private final Path directory;
  private final Path store;
  private final Path chain;

  BadStoreTest(@TempDir Path directory) {
    this.directory = directory;
    this.store = directory.resolve("store");
    this.chain = store.resolve("chains").resolve("vm");
  }

  private KnownStore twoPoints() throws IOException {
    KnownStore known = new KnownStore(store, directory);
    known.checkpoint("vm");
    known.checkpoint("vm");
    return known;
  }

  /** Every command that looks at a chain. */
  private static List<List<String>> allOf(List<String> checkpoint) {
    return List.of(
        checkpoint,
        List.of("list", "vm"),
        List.of("show", "vm@1"),
        List.of("stats", "vm"),
        List.of("verify", "vm"),
        List.of("restore", "vm", "--to", checkpoint.getLast() + ".never"),
        List.of("merge", "vm"),
        List.of("compact", "vm"),
        List.of("forget", "vm", "--keep-last", "1"),
        List.of("label", "vm@1", "x"),
        List.of("fork", "vm@1", "side"));
  }

  /** Returns what is in all files. */
  private Map<String, String> contents() throws IOException {
    Map<String, String> contents = new TreeMap<>();
    try (Stream<Path> files = Files.walk(store)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        contents.put(
            store.relativize(file).toString(), HexFormat.of().formatHex(Files.readAllBytes(file)));
      }
    }
    contents.keySet().removeIf(name -> name.endsWith(".lock")); // made when it is first asked for
    return contents;
  }

  @Test
  void aNewerStoreIsRefusedAndNotTouched() throws IOException {
    KnownStore known = twoPoints();
    Path file = store.resolve("STORE");
    byte[] own = Files.readAllBytes(file);
    for (String text : List.of("cairn-store 2\nid 0\nshards 7\n", "cairn-store 2\n")) {
      Files.writeString(file, text);
      Map<String, String> before = contents();
      for (List<String> command : allOf(known.nextCheckpoint("vm"))) {
        known.refused(6, command, file.toString(), "offset 12", "expected 1, found 2", "newer");
      }
      known.refused(6, List.of("list"), file.toString());
      known.refused(6, List.of("reindex"), file.toString());
      known.refused(1, List.of("init"), store.toString());
      assertEquals(before, contents());
    }
    Files.writeString(file, "cairn-store\n");
    known.refused(4, List.of("list"), file.toString());
    Files.write(file, own);
    known.nothingIsLost();
  }

  @Test
  void aNewerManifestIsRefusedAndNotTouched() throws IOException {
    KnownStore known = twoPoints();
    Path file = chain.resolve("MANIFEST");
    byte[] own = Files.readAllBytes(file);
    String newer = new String(own, US_ASCII).replaceFirst("cairn-manifest 1", "cairn-manifest 2");
    newer = newer.replaceFirst("crc [0-9a-f]{8}\n$", "shards 7\n");
    CRC32C crc = new CRC32C();
    crc.update(newer.getBytes(US_ASCII));
    Files.writeString(
        file, newer + "crc " + HexFormat.of().toHexDigits((int) crc.getValue()) + "\n");
    refusedAsNewer(known, file.toString(), "expected 1, found 2");
    Files.writeString(file, "cairn-manifest 2\nof which nothing more is known\n");
    refusedAsNewer(known, file.toString(), "expected 1, found 2");
    Files.write(file, own);
    known.nothingIsLost();
  }

  @Test
  void aRottenVersionOfTheManifestIsDamage() throws IOException {
    KnownStore known = twoPoints();
    Path file = chain.resolve("MANIFEST");
    byte[] own = Files.readAllBytes(file);
    String rotten = new String(own, US_ASCII).replaceFirst("cairn-manifest 1", "cairn-manifest 3");
    Files.writeString(file, rotten);
    known.refused(4, List.of("show", "vm"), file + ": version at offset 15: expected 1, found 3");
    Files.write(file, own);
    known.nothingIsLost();
  }

  @Test
  void aNewerLayerIsRefusedAndNotTouched() throws IOException {
    KnownStore known = twoPoints();
    Path file = layer();
    byte[] own = Files.readAllBytes(file);
    ByteBuffer newer = ByteBuffer.wrap(own.clone()).order(ByteOrder.LITTLE_ENDIAN);
    newer.putInt(8, 3);
    CRC32C crc = new CRC32C();
    crc.update(newer.slice(0, 124));
    newer.putInt(124, (int) crc.getValue());
    Files.write(file, newer.array());
    refusedAsNewer(known, String.valueOf(file.getFileName()), "expected 2 or less, found 3");
    Files.write(file, own);
    known.nothingIsLost();
  }

  private void refusedAsNewer(KnownStore known, String file, String versions) throws IOException {
    Map<String, String> before = contents();
    for (List<String> command : allOf(known.nextCheckpoint("vm"))) {
      known.refused(6, command, file, versions, "newer");
    }
    assertEquals(before, contents());
  }

  private Path layer() throws IOException {
    try (Stream<Path> files = Files.list(chain)) {
      return files.filter(file -> file.toString().endsWith(".layer")).findFirst().orElseThrow();
    }
  }

  @Test
  void aDirectoryWhereAFileShouldBe() throws IOException {
    KnownStore known = twoPoints();
    Path aside = directory.resolve("aside");
    for (Path file :
        List.of(
            chain.resolve("MANIFEST"), layer(), store.resolve("STORE"), chain.resolve("LOCK"))) {
      Files.move(file, aside);
      Files.createDirectory(file);
      known.refused(1, known.nextCheckpoint("vm"), file.toString(), "is ");
      if (!file.endsWith("LOCK")) {
        known.refused(1, List.of("list", "vm"), file.toString(), "is not a regular file");
        known.refused(1, List.of("verify"), file.toString(), "is not a regular file");
      }
      Files.delete(file);
      Files.move(aside, file);
      known.nothingIsLost();
    }
  }

  @Test
  void aFileWhereADirectoryShouldBe() throws IOException {
    KnownStore known = twoPoints();
    List<String> checkpoint = known.nextCheckpoint("vm");
    Path file = Files.createFile(directory.resolve("file"));
    Cli cli = new Cli(file);
    for (List<String> command : List.of(List.of("list"), checkpoint)) {
      Cli.Said said = cli.attempt(command.toArray(String[]::new));
      KnownStore.requireRefusal(10, command, said, file + " is no store");
    }
    KnownStore.requireRefusal(1, List.of("init"), cli.attempt("init"), file.toString());
    Cli.Said within = new Cli(file.resolve("within")).attempt("init");
    KnownStore.requireRefusal(1, List.of("init"), within, file.toString());
    Path aside = directory.resolve("aside");
    for (Path place : List.of(store.resolve("chains"), chain)) {
      Files.move(place, aside);
      Files.createFile(place);
      known.refused(1, checkpoint, place.toString(), "expected a directory");
      known.refused(1, List.of("list", "vm"), place.toString(), "expected a directory");
      Files.delete(place);
      Files.move(aside, place);
      known.nothingIsLost();
    }
  }

  @Test
  void aStoreIsMadeInAnEmptyDirectoryOnly() throws IOException {
    KnownStore known = twoPoints();
    Map<String, String> before = contents();
    known.refused(1, List.of("init"), store.toString(), "is a store already");
    assertEquals(before, contents());
    Path full = Files.createDirectory(directory.resolve("full"));
    Files.createFile(full.resolve("something"));
    KnownStore.requireRefusal(
        1,
        List.of("init"),
        new Cli(full).attempt("init"),
        full.toString(),
        "expected an empty directory",
        "something");
    Path nowhere = directory.resolve("nowhere").resolve("store");
    KnownStore.requireRefusal(
        1,
        List.of("init"),
        new Cli(nowhere).attempt("init"),
        directory.resolve("nowhere").toString(),
        "no such file");
    // One that lost its name is not made anew.
    Path aside = directory.resolve("aside");
    Files.move(store.resolve("STORE"), aside);
    known.refused(1, List.of("init"), "expected an empty directory");
    known.refused(4, List.of("list"), store.resolve("STORE").toString(), "found no such file");
    Files.move(aside, store.resolve("STORE"));
    known.nothingIsLost();
  }

  @Test
  void whatAnAttemptToMakeAStoreLeftIsNoObstacle() throws IOException {
    Path begun = Files.createDirectory(directory.resolve("begun"));
    Files.createDirectory(begun.resolve("chains"));
    Files.writeString(begun.resolve("STORE.tmp"), "cairn-sto");
    KnownStore known = new KnownStore(begun, directory);
    known.checkpoint("vm");
    known.nothingIsLost();
    Leftovers.requireNone(begun);
  }

  @Test
  void aCommandLineThatNobodyUnderstands() throws IOException {
    KnownStore known = twoPoints();
    for (List<String> command :
        List.of(
            List.of("chekpoint", "vm"),
            List.of("list", "--colour"),
            List.of("list", "vm", "db"),
            List.of("checkpoint", "vm"),
            List.of("restore", "vm"),
            List.of("merge", "vm", "--max-pages", "many"),
            List.of("merge", "vm", "--size-multiple", "0"),
            List.of("forget", "vm"),
            List.of("show", "vm@"),
            List.of("fork", "vm"),
            List.of("verify", "--read-data-subset", "200%"),
            List.of("list", "--since", "yesterday"))) {
      known.refused(2, command);
    }
    known.refused(2, List.of("chekpoint", "vm"), "did you mean: checkpoint");
    Cli.Said alone = known.cairn().run(2);
    assertTrue(alone.errors().contains("  checkpoint "), alone.errors());
    assertTrue(alone.errors().endsWith("cairn: which command?; see: cairn help\n"), alone.errors());
    known.refused(2, List.of("snapshot", "vm"), "did you mean: checkpoint, list");
    known.refused(2, List.of("help", "lst"), "did you mean: ", "list");
    known.refused(2, List.of("list", "vm@0"), "cairn show vm@0");
    known.refused(2, List.of("label", "vm@0", "a", "--remove"), "not both");
    known.refused(2, List.of("init", "elsewhere"), "not both");
    known.refused(2, List.of("capture", "vm"), "--qmp: expected unix:PATH");
    known.refused(2, List.of("list", "--colour"), "--colour", "see: cairn help list");
    KnownStore.requireRefusal(
        2, List.of("list"), new Cli(Path.of("")).attempt("list"), "--store", "CAIRN_STORE");
    known.nothingIsLost();
  }

  @Test
  void whatIsNotThere() throws IOException {
    KnownStore known = twoPoints();
    for (List<String> command : allOf(known.nextCheckpoint("vm"))) {
      Cli.Said said = new Cli(directory.resolve("nowhere")).attempt(command.toArray(String[]::new));
      KnownStore.requireRefusal(10, command, said, "nowhere is no store", "init");
      if (command.size() > 1 && !command.getFirst().equals("checkpoint")) {
        List<String> nobody =
            command.stream().map(word -> word.replaceFirst("^vm(?=$|@)", "nobody")).toList();
        known.refused(10, nobody, "there is no chain nobody", "cairn list");
      }
    }
    String never = "raw:" + directory.resolve("never");
    for (String point : List.of("vm@2", "vm@nightly", "vm@2001-01-01T00:00:00Z")) {
      for (List<String> command :
          List.of(
              List.of("show", point),
              List.of("restore", point, "--to", never),
              List.of("fork", point, "side"),
              List.of("pin", point),
              List.of("label", point, "x"),
              List.of("diff", "vm@0", point))) {
        known.refused(10, command, "vm");
      }
    }
    assertFalse(Files.exists(directory.resolve("never")));
    known.nothingIsLost();
  }
}
