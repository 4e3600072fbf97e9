package dev.cairn.tests.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.chain.Chain;
import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.Checkpointer;
import dev.cairn.chain.Damage;
import dev.cairn.chain.Finding;
import dev.cairn.chain.Progress;
import dev.cairn.chain.Store;
import dev.cairn.chain.Verifier;
import dev.cairn.merge.LayerMerger;
import dev.cairn.merge.Repairer;
import dev.cairn.store.file.FileName;
import dev.cairn.store.file.FrameCodec;
import dev.cairn.store.file.PageReader;
import dev.cairn.store.io.StoreDirectory;
import dev.cairn.tests.damage.SmallMachine;
import dev.cairn.tests.damage.SmallStore;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/** What a new process finds after a failure, and what it does then. */
final class Aftermath {
  private final Scene scene;
  private final States states;
  private final boolean repaired;
  private final Kind kind;

  Aftermath(Scene scene, States states, boolean repaired, Kind kind) {
    this.scene = scene;
    this.states = states;
    this.repaired = repaired;
    this.kind = kind;
  }

  /** Checks all of it. */
  void check(int acknowledged, String where) throws IOException {
    States.State now = States.now(scene);
    if (repaired && kind.strikesReads()) {
      requireOthers(now.of("store/vm"), where);
    } else {
      assertTrue(
          states.allowed(acknowledged).contains(now),
          () -> where + ": state " + now + ", allowed " + states.allowed(acknowledged));
    }
    for (Map.Entry<String, List<SmallStore.Mark>> chain : now.marks().entrySet()) {
      String which = chain.getKey().substring(0, chain.getKey().indexOf('/'));
      String name = chain.getKey().substring(which.length() + 1);
      try (Store store = scene.store(which);
          Chain open = store.open(name)) {
        if (repaired && name.equals("vm") && which.equals(Scene.STORE)) {
          goOn(open, repairAgain(open));
          continue;
        }
        requireExact(open, chain.getValue());
        if (name.equals("vm")) {
          goOn(open, chain.getValue());
        }
      }
    }
    requireNothingLeft();
  }

  /**
   * A repair takes a read that fails for damage of that file. Below its first checkpoint nothing is
   * lost by that.
   *
   * @param where the call that failed and its file
   */
  private void requireOthers(List<SmallStore.Mark> left, String where) {
    long first =
        FileName.parse(where.substring(where.lastIndexOf('/') + 1))
            .map(FileName::first)
            .orElse(Long.MAX_VALUE);
    assertTrue(states.ever("store/vm").containsAll(left), () -> where + ": " + left);
    List<SmallStore.Mark> others =
        states.last().of("store/vm").stream().filter(m -> m.point() < first).toList();
    assertTrue(left.containsAll(others), () -> where + ": left " + left + " of " + others);
  }

  /** A repair that failed half-way is done again, as it says. */
  private List<SmallStore.Mark> repairAgain(Chain chain) throws IOException {
    Repairer repairer = new Repairer(chain);
    Optional<Damage> damage = repairer.examine(_ -> {});
    if (damage.isPresent()) {
      repairer.repair(damage.get());
    }
    try (ChainSnapshot snapshot = chain.snapshot()) {
      List<SmallStore.Mark> marks = SmallStore.marks(snapshot);
      assertTrue(kind.strikesReads() || states.last().of("store/vm").equals(marks), "" + marks);
      requireExact(chain, marks);
      return marks;
    }
  }

  private static void requireExact(Chain chain, List<SmallStore.Mark> marks) throws IOException {
    List<Finding> findings = new ArrayList<>();
    new Verifier(chain, findings::add, 1, new Random(1)).run();
    assertEquals(List.of(), findings);
    try (ChainSnapshot snapshot = chain.snapshot();
        Arena arena = Arena.ofConfined();
        PageReader reader = new PageReader(SmallMachine.PAGE, arena)) {
      for (SmallStore.Mark mark : marks) {
        SmallMachine machine = machine(chain.name(), mark);
        machine.requireSame(snapshot.view(mark.point()), reader, chain.name() + mark);
      }
    }
  }

  private static SmallMachine machine(String chain, SmallStore.Mark mark) {
    if (mark.label().equals("added")) {
      return Scenario.added();
    }
    SmallMachine known =
        Scenario.KNOWN.machines(chain.equals("new") ? "vm" : chain).get(mark.point());
    return known == null ? Scenario.added() : known;
  }

  /** The next writer and the next merger work. */
  private static void goOn(Chain chain, List<SmallStore.Mark> before) throws IOException {
    SmallMachine next = Scenario.added();
    new Checkpointer(chain)
        .checkpoint(
            next.image(false),
            new Checkpointer.Options("added", false, FrameCodec.PLAIN, 1),
            Progress.NONE);
    try (ChainSnapshot snapshot = chain.snapshot()) {
      new LayerMerger(chain).merge(snapshot, snapshot.manifest().layers());
    }
    try (ChainSnapshot snapshot = chain.snapshot()) {
      List<SmallStore.Mark> marks = SmallStore.marks(snapshot);
      assertEquals(before, marks.subList(0, marks.size() - 1));
      requireExact(chain, marks);
    }
  }

  /** Who makes the next chain sweeps stages; who commits sweeps files. */
  private void requireNothingLeft() throws IOException {
    for (String which : List.of(Scene.STORE, Scene.OTHER)) {
      try (Store store = scene.store(which)) {
        store.create("another", SmallMachine.PAGE).close();
        for (String name : store.chainNames()) {
          try (Chain chain = store.open(name)) {
            chain.sweep();
          }
        }
        StoreDirectory chains = scene.watch(which).openDirectory("chains");
        for (String name : chains.list()) {
          assertTrue(!name.startsWith("."), "a stage is left: " + name);
          for (String file : chains.openDirectory(name).list()) {
            assertTrue(!file.endsWith(".tmp"), "left over: " + name + "/" + file);
          }
        }
      }
    }
  }
}
