package dev.cairn.tests.faults;

import dev.cairn.chain.Chain;
import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.Checkpointer;
import dev.cairn.chain.Damage;
import dev.cairn.chain.Edit;
import dev.cairn.chain.Progress;
import dev.cairn.chain.Restorer;
import dev.cairn.chain.Store;
import dev.cairn.chain.Verifier;
import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.chain.manifest.PointSet;
import dev.cairn.merge.BaseMover;
import dev.cairn.merge.LayerMerger;
import dev.cairn.merge.Packer;
import dev.cairn.merge.Repairer;
import dev.cairn.store.CorruptFileException;
import dev.cairn.store.file.FileName;
import dev.cairn.store.file.FrameCodec;
import dev.cairn.store.io.StoreLock;
import dev.cairn.tests.damage.SmallMachine;
import dev.cairn.tests.damage.SmallStore;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/**
 * What is done while calls fail: steps, each acknowledged by itself.
 *
 * @param name for people
 * @param harmed whether a page is damaged before
 * @param steps done one after another
 */
record Scenario(String name, boolean harmed, List<Step> steps) {
  /** One operation that is acknowledged. */
  interface Step {
    void run(Scene scene) throws IOException;
  }

  Scenario {
    steps = List.copyOf(steps);
  }

  @Override
  public String toString() {
    return name;
  }

  /** Returns the machine that a step stores as the point behind the tip. */
  static SmallMachine added() {
    return base().copy().noise("ram", 3, 70).text("ram", 10, 71).device("cpu", 24, 72);
  }

  private static SmallMachine base() {
    return KNOWN.machines("vm").lastEntry().getValue();
  }

  /** The store that all begin with. */
  static final SmallStore KNOWN = known();

  private static SmallStore known() {
    try {
      return new SmallStore();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  static List<Scenario> all() {
    return List.of(
        of("checkpoint", Scenario::checkpoint),
        of("merge", scene -> merge(scene, _ -> {})),
        of("append during merge", scene -> merge(scene, Scenario::checkpoint)),
        of("fork during merge", scene -> merge(scene, s -> fork(s, 6))),
        of("pack", scene -> pack(scene, 5)),
        of("two layers replaced in one commit", scene -> pack(scene, 0)),
        of("move of the base", s -> edit(s, forget(0, 0)), Scenario::moveBase),
        of("forget", scene -> edit(scene, forget(4, 6))),
        of("pin", scene -> edit(scene, new Edit.Pin(5, true))),
        of("label", scene -> edit(scene, new Edit.Label(5, "five"))),
        of("hold", scene -> edit(scene, new Edit.TakeHold("third", 5, "me"))),
        of("expire", scene -> edit(scene, new Edit.ReleaseHold("server-1"))),
        of("fork", scene -> fork(scene, 9)),
        of("fork inside a merged layer", scene -> fork(scene, 6)),
        of("copy", scene -> copy(scene, "fork")),
        of("copy forward", scene -> copy(scene, "vm")),
        new Scenario("repair", true, List.of(Scenario::repair)),
        of("restore", Scenario::restore),
        of("verify", Scenario::verify));
  }

  private static Scenario of(String name, Step... steps) {
    return new Scenario(name, false, List.of(steps));
  }

  private static void checkpoint(Scene scene) throws IOException {
    SmallMachine machine = added();
    new Checkpointer(scene.chain("vm"))
        .checkpoint(
            machine.image(true),
            new Checkpointer.Options("added", true, FrameCodec.ZSTD, 1),
            Progress.NONE);
  }

  /**
   * @param meanwhile is done between the merge's snapshot and its commit
   */
  private static void merge(Scene scene, Step meanwhile) throws IOException {
    Chain chain = scene.chain("vm");
    try (StoreLock _ = chain.lockMerge();
        ChainSnapshot snapshot = chain.snapshot()) {
      meanwhile.run(scene);
      new LayerMerger(chain).merge(snapshot, snapshot.manifest().layers());
    }
  }

  private static void pack(Scene scene, long first) throws IOException {
    Chain chain = scene.chain("vm");
    List<FileName> data =
        chain.manifest().files(FileEntry.Role.DATA).stream()
            .map(FileEntry::name)
            .filter(name -> name.first() >= first)
            .toList();
    new Packer(chain).pack(data);
  }

  private static Edit forget(long from, long to) {
    return new Edit.Forget(PointSet.of(List.of(new PointSet.Range(from, to))));
  }

  private static void edit(Scene scene, Edit edit) throws IOException {
    scene.chain("vm").commit(List.of(edit), List.of());
  }

  private static void moveBase(Scene scene) throws IOException {
    new BaseMover(scene.chain("vm"), Progress.NONE).move();
  }

  private static void fork(Scene scene, long point) throws IOException {
    try (Store store = scene.store(Scene.STORE)) {
      store.fork(scene.chain("vm"), point, "new");
    }
  }

  private static void copy(Scene scene, String name) throws IOException {
    try (Store other = scene.store(Scene.OTHER);
        ChainSnapshot snapshot = scene.chain(name).snapshot()) {
      other.copy(snapshot, name, Progress.NONE);
    }
  }

  private static void repair(Scene scene) throws IOException {
    Repairer repairer = new Repairer(scene.chain("vm"));
    Optional<Damage> damage = repairer.examine(_ -> {});
    if (damage.isPresent()) {
      repairer.repair(damage.get());
    }
  }

  private static void restore(Scene scene) throws IOException {
    try (ChainSnapshot snapshot = scene.chain("vm").snapshot();
        ExactSink sink = new ExactSink(base())) {
      new Restorer(snapshot.view(9), sink, Progress.NONE).run(1);
    }
  }

  /** What it finds is an error here, as it is for who called it. */
  private static void verify(Scene scene) throws IOException {
    int[] findings = {0};
    new Verifier(scene.chain("vm"), _ -> findings[0]++, 1, new Random(1)).run();
    if (findings[0] > 0) {
      throw new CorruptFileException("vm", "findings", 0, 0, findings[0]);
    }
  }
}
