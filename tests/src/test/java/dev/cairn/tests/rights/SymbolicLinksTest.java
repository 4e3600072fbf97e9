package dev.cairn.tests.rights;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.tests.Cli;
import dev.cairn.tests.KnownStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A symbolic link in the place of anything in a store: no command writes through it, each says in
 * one line what is wrong or works, and with the link away nothing is lost.
 */
class SymbolicLinksTest {
  /** Done, failed, damaged, or there already. */
  private static final Set<Integer> ANSWERS = Set.of(0, 1, 4, 11);

  private static final Map<Integer, Integer> EXITS = new TreeMap<>();

  private final Path store;
  private final Path out;
  private final Path aside;
  private final KnownStore known;
  private final Canary canary;

  SymbolicLinksTest(@TempDir Path directory) throws IOException {
    this.store = directory.resolve("store");
    this.out = Files.createDirectory(directory.resolve("out"));
    this.canary = new Canary(directory.resolve("canary"));
    this.aside = canary.directory().resolve("aside");
    this.known = new KnownStore(store, out);
    for (int i = 0; i < 3; i++) {
      known.checkpoint("vm");
    }
    known.cairn().run(0, "reindex");
    new Cli(out.resolve("other")).run(0, "init");
  }

  @AfterAll
  static void tell() {
    System.out.println("symbolic links: commands by exit code " + EXITS);
  }

  /** Where a link may lead. */
  private List<Path> targets() {
    return List.of(canary.folder(), canary.nothing());
  }

  private Path first(String ending) throws IOException {
    try (Stream<Path> files = Files.list(store.resolve("chains/vm"))) {
      return files
          .filter(file -> file.toString().endsWith(ending))
          .sorted()
          .findFirst()
          .orElseThrow();
    }
  }

  private Path place(String name) throws IOException {
    return name.startsWith("*") ? first(name.substring(1)) : store.resolve(name);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "STORE",
        "STORE.lock",
        "chains",
        "catalog",
        "catalog/LOCK",
        "catalog/rocksdb",
        "run",
        "chains/vm",
        "chains/vm/MANIFEST",
        "chains/vm/LOCK",
        "chains/vm/MERGE.lock",
        "*.layer",
        "*.base"
      })
  void inPlaceOfWhatIsThere(String name) throws IOException {
    Path place = place(name);
    boolean there = Files.exists(place, LinkOption.NOFOLLOW_LINKS);
    if (there) {
      Files.move(place, aside);
    }
    canary.remember();
    for (Path target : targets()) {
      withLink(place, target);
    }
    if (there) {
      withLink(place, aside); // as somebody does who is short of room
      Files.move(aside, place);
    }
    known.nothingIsLost();
    known.checkpoint("vm");
    known.nothingIsLost();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "STORE.tmp",
        "chains/vm/MANIFEST.tmp",
        "chains/vm/00112233445566aa.tmp",
        "chains/vm/000000000000-000000000000-00112233445566aa.layer",
        "chains/vm/damaged",
        "chains/link",
        "chains/side",
        "chains/.side-00112233",
        "catalog/rocksdb/000999.log"
      })
  void inPlaceOfWhatIsToBeMade(String name) throws IOException {
    Path place = store.resolve(name);
    for (Path target : targets()) {
      withLink(place, target);
    }
    known.nothingIsLost();
    known.checkpoint("vm");
    known.nothingIsLost();
  }

  /** What the link stood for was put aside by a repair, or is where nobody may write. */
  @Test
  void inPlaceOfWhatARepairTakesAwayOrMakes() throws IOException {
    Path layer = first(".layer");
    for (Path target : List.of(canary.folder(), canary.nothing(), canary.file())) {
      Path damaged = store.resolve("chains/vm/damaged");
      Files.move(layer, aside);
      canary.remember();
      Files.createSymbolicLink(layer, target);
      Files.createSymbolicLink(damaged, target);
      known.refused(1, List.of("repair", "vm"), "is a symbolic link");
      canary.requireUntouched("repair with a layer -> " + target);
      Files.delete(layer);
      Cli.Said said = known.cairn().attempt("repair", "vm");
      assertEquals(1, said.exit(), said::toString);
      assertTrue(said.errors().contains(damaged.toString()), said::toString);
      canary.requireUntouched("repair with damaged -> " + target);
      Files.delete(damaged);
      Files.move(aside, layer);
      known.nothingIsLost();
    }
  }

  private void withLink(Path place, Path target) throws IOException {
    for (List<String> command : Commands.all(known.nextCheckpoint("vm"), out)) {
      Files.deleteIfExists(place);
      Files.createSymbolicLink(place, target);
      run(command, place, target);
      delete(store.resolve("chains/side"));
    }
    Files.deleteIfExists(place);
  }

  private static void delete(Path directory) throws IOException {
    if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(directory);
  }

  private void run(List<String> command, Path place, Path target) throws IOException {
    Cli.Said said = known.cairn().attempt(command.toArray(String[]::new));
    String what = command + " with " + place + " -> " + target + ": " + said;
    canary.requireUntouched(what);
    EXITS.merge(said.exit(), 1, Integer::sum);
    assertTrue(ANSWERS.contains(said.exit()), what);
    for (String line : said.errors().lines().toList()) {
      assertTrue(line.startsWith("cairn: "), what);
      assertFalse(line.contains("Exception") || line.contains("java."), what);
    }
    if (said.exit() == 1 && !command.getFirst().equals("init")) {
      assertTrue(said.errors().contains(place.toString()), what);
    }
    if (said.exit() == 0 && command.getFirst().equals("checkpoint")) {
      known.checkpointed("vm");
    }
  }
}
