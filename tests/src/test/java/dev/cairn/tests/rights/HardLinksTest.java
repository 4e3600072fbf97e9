package dev.cairn.tests.rights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.tests.Cli;
import dev.cairn.tests.KnownStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Files that somebody linked by hand from one chain into another, or into the store from outside:
 * names come and go, the files stay what they are.
 */
class HardLinksTest {
  private static final String UNNAMED = "000000000000-000000000001-00112233445566aa.layer";

  private final Path store;
  private final Path vm;
  private final Path other;
  private final Path out;
  private final KnownStore known;

  HardLinksTest(@TempDir Path directory) throws IOException {
    this.store = directory.resolve("store");
    this.vm = store.resolve("chains/vm");
    this.other = store.resolve("chains/other");
    this.out = Files.createDirectory(directory.resolve("out"));
    this.known = new KnownStore(store, out);
    for (int i = 0; i < 3; i++) {
      known.checkpoint("vm");
      known.checkpoint("other");
    }
    new Cli(out.resolve("other")).run(0, "init");
  }

  private static List<Path> files(Path chain, String ending) throws IOException {
    try (Stream<Path> files = Files.list(chain)) {
      return files.filter(file -> file.toString().endsWith(ending)).sorted().toList();
    }
  }

  @Test
  void anotherChainsFilesAreSweptAndStayWhereTheyBelong() throws IOException {
    for (Path file : List.of(files(vm, ".base").getFirst(), files(vm, ".layer").getFirst())) {
      Path stranger = other.resolve(file.getFileName());
      Files.createLink(stranger, file);
      Files.createLink(other.resolve("00112233445566aa.tmp"), file);
      byte[] bytes = Files.readAllBytes(file);
      known.nothingIsLost();
      known.checkpoint("other");
      assertFalse(Files.exists(stranger), "no manifest names it");
      assertEquals(List.of(), files(other, ".tmp"));
      assertArrayEquals(bytes, Files.readAllBytes(file));
      known.nothingIsLost();
    }
  }

  @Test
  void anotherChainsFileInPlaceOfAnOwnOneIsDamage() throws IOException {
    Path own = files(other, ".layer").getLast();
    Path aside = out.resolve("aside");
    Files.move(own, aside);
    Files.createLink(own, files(vm, ".layer").getLast());
    byte[] bytes = Files.readAllBytes(own);
    String name = own.getFileName().toString();
    known.refused(4, List.of("show", "other@2"), name);
    known.refused(4, known.nextCheckpoint("other"), name);
    assertTrue(known.cairn().run(4, "verify").out().contains(name));
    known.cairn().run(0, "repair", "other"); // puts the name aside and takes it away
    assertFalse(Files.exists(own));
    assertArrayEquals(bytes, Files.readAllBytes(files(vm, ".layer").getLast()));
    known.points("other").removeLast();
    known.nothingIsLost();
  }

  /** A file of somebody else's that has a second name in the store. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "STORE.tmp",
        "STORE.lock",
        "chains/vm/LOCK",
        "chains/vm/MERGE.lock",
        "chains/vm/MANIFEST.tmp",
        "chains/vm/00112233445566aa.tmp",
        "chains/vm/" + UNNAMED,
        "chains/.side-00112233/LOCK",
        "chains/.side-00112233/" + UNNAMED,
        "catalog/LOCK",
        "catalog/rocksdb/LOCK",
        "catalog/rocksdb/LOG",
        "catalog/rocksdb/CURRENT",
        "catalog/rocksdb/IDENTITY",
        "catalog/rocksdb/000999.log",
        "catalog/rocksdb/000999.sst"
      })
  void aFileFromOutsideIsNeverWritten(String name) throws IOException {
    Canary canary = new Canary(out.resolve("canary"));
    Files.setPosixFilePermissions(canary.file(), PosixFilePermissions.fromString("rw-r--r--"));
    Path place = store.resolve(name);
    for (List<String> command : Commands.all(known.nextCheckpoint("vm"), out)) {
      Files.createDirectories(place.getParent());
      Files.deleteIfExists(place);
      Files.createLink(place, canary.file());
      canary.remember();
      Cli.Said said = known.cairn().attempt(command.toArray(String[]::new));
      if (said.exit() == 0 && command.getFirst().equals("checkpoint")) {
        known.checkpointed("vm");
      }
      assertTrue(said.exit() == 0 || said.errors().lines().count() == 1, said::toString);
      canary.requireOnlyNamesGone(command + " with " + place);
      delete(store.resolve("chains/side"));
    }
    Files.deleteIfExists(place);
    known.checkpoint("vm");
    known.nothingIsLost();
  }

  private static void delete(Path directory) throws IOException {
    if (Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
      for (Path file : files(directory, "")) {
        Files.delete(file);
      }
      Files.delete(directory);
    }
  }
}
