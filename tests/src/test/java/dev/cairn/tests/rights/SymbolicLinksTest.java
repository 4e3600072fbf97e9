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
    new Cli(out.resolve("other")).run(0, "init");
  }

  @AfterAll
  static void tell() {
    System.out.println("symbolic links: commands by exit code " + EXITS);
  }

  /** Where a link may lead. */
  private List<Path> targets() {
    return List.of(canary.file(), canary.folder(), canary.nothing());
  }

  private Path first(String ending) throws IOException {
    try (Stream<Path> files = Files.list(store.resolve("chains/vm"))) {
      return files.filter(file -> file.toString().endsWith(ending)).sorted().findFirst().orElseThrow();
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
    known.cairn().run(0, "reindex");
    for (Path target : targets()) {
      withLink(place, target);
    }
    known.nothingIsLost();
    known.checkpoint("vm");
    known.nothingIsLost();
  }

  private void withLink(Path place, Path target) throws IOException {
    Files.deleteIfExists(place);
    Files.createSymbolicLink(place, target);
    String what = place + " -> " + target;
    for (List<String> command : Commands.all(known.nextCheckpoint("vm"), out)) {
      run(command, what);
      if (Files.isSymbolicLink(place)) {
        continue;
      }
      System.out.println("taken away by " + command + ": " + what);
      Files.deleteIfExists(place);
      Files.createSymbolicLink(place, target);
    }
    Files.deleteIfExists(place);
  }

  private void run(List<String> command, String what) throws IOException {
    Cli.Said said = known.cairn().attempt(command.toArray(String[]::new));
    System.out.println(what + ": " + command.subList(0, Math.min(2, command.size())) + " " + said.exit() + " " + said.errors());
    canary.requireUntouched(command + " with " + what);
    EXITS.merge(said.exit(), 1, Integer::sum);
    if (said.exit() == 0 && command.getFirst().equals("checkpoint")) {
      known.checkpointed("vm");
    }
  }
}
