package dev.cairn.tests.locks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.chain.Chain;
import dev.cairn.chain.Edit;
import dev.cairn.chain.Store;
import dev.cairn.tests.Child;
import dev.cairn.tests.Cli;
import dev.cairn.tests.Leftovers;
import dev.cairn.tests.kill.Acknowledged;
import dev.cairn.tests.kill.KillPoint;
import dev.cairn.tests.kill.Role;
import dev.cairn.tests.kill.Victim;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A process that stands still in the midst of something, with a lock or an unfinished file: others
 * are told that it is busy, or work beside it, and take nothing from it. A sweep while a chain is
 * received from another host comes with the issue that receives.
 */
class StoppedOwnerTest {
  private static final int POINTS = 5;

  private final Path directory;
  private final Path path;
  private final Path vm;
  private final Cli cairn;
  private final Acknowledged acknowledged = new Acknowledged();
  private final TreeMap<Long, Long> memories = new TreeMap<>();
  private Optional<Victim> owner = Optional.empty();
  private Optional<ProcessHandle> spawned = Optional.empty();

  StoppedOwnerTest(@TempDir Path directory) {
    this.directory = directory;
    this.path = directory.resolve("store");
    this.vm = path.resolve("chains/vm");
    this.cairn = new Cli(path);
  }

  @BeforeEach
  void makeStore() throws IOException {
    LockStore.make(path);
    try (Store store = LockStore.open(path, Clock.systemUTC());
        Chain chain = store.open(LockStore.CHAIN)) {
      for (long n = 1; n < POINTS; n++) {
        assertEquals(n, LockStore.checkpoint(chain, n));
      }
    }
  }

  @AfterEach
  void reap() throws InterruptedException {
    spawned.ifPresent(ProcessHandle::destroyForcibly);
    if (owner.isPresent()) {
      owner.get().close();
    }
  }

  private Victim stopped(Role role, KillPoint point) throws IOException, InterruptedException {
    Victim victim = Victim.startAt(role, point, path, acknowledged);
    owner = Optional.of(victim);
    victim.awaitStop(point);
    return victim;
  }

  private List<String> checkpoint() throws IOException {
    long next = points().getLast() + 1;
    Path image = Files.write(directory.resolve("image"), LockStore.MEMORY.at(next));
    return List.of("checkpoint", "vm", "--from", "raw:" + image);
  }

  private List<Long> points() throws IOException {
    try (Store store = LockStore.open(path, Clock.systemUTC());
        Chain chain = store.open(LockStore.CHAIN)) {
      return chain.restorePoints().stream().map(p -> p.checkpoint()).toList();
    }
  }

  /** Each point's memory is that of its number. */
  private void everythingIsThere(String name) throws IOException {
    try (Store store = LockStore.open(path, Clock.systemUTC());
        Chain chain = store.open(name)) {
      memories.clear();
      chain.restorePoints().forEach(p -> memories.put(p.checkpoint(), p.checkpoint()));
      LockStore.requireExact(chain, memories);
      assertTrue(memories.lastKey() >= acknowledged.newest(), memories::toString);
      assertTrue(memories.size() >= POINTS, memories::toString);
    }
  }

  @Test
  void whileLockIsHeldWritersAreBusyAndReadersAreNot() throws Exception {
    Victim writer = stopped(Role.WRITER, KillPoint.MANIFEST_SYNCED);
    List<Child> children = new ArrayList<>();
    try {
      for (List<String> command :
          List.of(checkpoint(), List.of("label", "vm@2", "x"), List.of("pin", "vm@2"))) {
        List<String> all = new ArrayList<>(List.of("--store", path.toString()));
        all.addAll(command);
        children.add(Child.cairn(directory, all.toArray(String[]::new)));
      }
      for (List<String> command :
          List.of(
              List.of("list", "vm"),
              List.of("verify"),
              List.of("restore", "vm@2", "--to", "raw:" + directory.resolve("out")),
              List.of("fork", "vm@2", "side"))) {
        cairn.run(0, command.toArray(String[]::new));
      }
      for (Child child : children) {
        String said = child.await(11);
        assertTrue(said.contains(vm + "/LOCK is held by another process"), said);
        assertEquals(1, said.lines().count(), said);
      }
    } finally {
      children.forEach(Child::close);
    }
    writer.goOn();
    writer.kill();
    cairn.run(0, checkpoint().toArray(String[]::new));
    everythingIsThere("vm");
    Leftovers.requireNone(path);
  }

  /** The grandchild inherits whatever native code lets it. */
  @ParameterizedTest
  @EnumSource(names = {"LAYER_WRITTEN", "MANIFEST_SYNCED", "MANIFEST_RENAMED"})
  void whatADeadProcessHeldIsFreeThoughItsChildLives(KillPoint point) throws Exception {
    Victim writer = stopped(Role.WRITER, point);
    spawned = ProcessHandle.of(writer.spawn());
    writer.kill();
    assertTrue(spawned.isPresent() && spawned.get().isAlive());
    cairn.run(0, checkpoint().toArray(String[]::new));
    assertTrue(spawned.get().isAlive());
    everythingIsThere("vm");
    Leftovers.requireNone(path);
  }

  /** And what it lets go of itself. */
  @Test
  void whatALivingProcessHeldIsFreeThoughItsChildLives() throws Exception {
    Victim writer = stopped(Role.WRITER, KillPoint.MANIFEST_SYNCED);
    spawned = ProcessHandle.of(writer.spawn());
    writer.goOn();
    assertTrue(spawned.isPresent() && spawned.get().isAlive());
    cairn.run(0, "label", "vm@2", "x");
    writer.kill();
    everythingIsThere("vm");
  }

  private static List<String> names(Path place, String ending) throws IOException {
    try (Stream<Path> files = Files.list(place)) {
      return files.map(f -> f.getFileName().toString()).filter(n -> n.endsWith(ending)).toList();
    }
  }

  @ParameterizedTest
  @EnumSource(
      names = {
        "LAYER_HALF_WRITTEN",
        "LAYER_WRITTEN",
        "MERGED_WRITTEN",
        "PAGES_WRITTEN",
        "PAGES_SYNCED_LAYER_BEGUN",
        "BASE_WRITTEN"
      })
  void aSweepTakesNoFileThatIsBeingWritten(KillPoint point) throws Exception {
    Role role = point.name().startsWith("LAYER") ? Role.WRITER : Role.MERGER;
    if (point == KillPoint.BASE_WRITTEN) {
      cairn.run(0, "forget", "vm", "--keep-last", String.valueOf(POINTS));
    }
    Victim victim = stopped(role, point);
    List<String> unfinished = names(vm, ".tmp");
    assertFalse(unfinished.isEmpty());
    try (Store store = LockStore.open(path, Clock.systemUTC());
        Chain chain = store.open(LockStore.CHAIN)) {
      assertEquals(List.of(), chain.sweep());
      chain.commit(List.of(new Edit.Label(2, "beside")), List.of());
    }
    assertEquals(unfinished, names(vm, ".tmp"));
    victim.goOn();
    assertEquals(0, victim.busy(), "nothing hindered it");
    victim.kill();
    everythingIsThere("vm");
    cairn.run(0, checkpoint().toArray(String[]::new));
    Leftovers.requireNone(path);
  }

  @ParameterizedTest
  @EnumSource(
      names = {"FORK_STAGE_MADE", "FORK_HALF_LINKED", "FORK_LINKED", "FORK_WHOLE_NOT_NAMED"})
  void aSweepTakesNoForkThatIsBeingMade(KillPoint point) throws Exception {
    Victim forger = stopped(Role.FORGETTER, point);
    cairn.run(0, checkpoint().toArray(String[]::new));
    cairn.run(0, "compact", "vm");
    cairn.run(0, checkpoint().toArray(String[]::new));
    cairn.run(0, "fork", "vm@1", "side");
    List<Path> stages = stages();
    assertEquals(1, stages.size(), stages::toString);
    forger.goOn();
    assertEquals(0, forger.busy());
    assertFalse(Files.exists(stages.getFirst()), "it has its name");
    forger.kill();
    List<String> made = names(path.resolve("chains"), "");
    for (String chain : made) {
      cairn.run(0, "verify", chain);
    }
    assertTrue(made.stream().anyMatch(name -> name.startsWith("fork-")), made::toString);
    everythingIsThere("vm");
  }

  private List<Path> stages() throws IOException {
    try (Stream<Path> entries = Files.list(path.resolve("chains"))) {
      return entries.filter(entry -> entry.getFileName().toString().startsWith(".")).toList();
    }
  }
}
