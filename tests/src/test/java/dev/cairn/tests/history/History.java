package dev.cairn.tests.history;

import dev.cairn.chain.Chain;
import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.Damage;
import dev.cairn.chain.Progress;
import dev.cairn.chain.Restorer;
import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.chain.manifest.Manifest;
import dev.cairn.chain.manifest.PointSet;
import dev.cairn.chain.retention.RetentionPoint;
import dev.cairn.merge.LayerMerger;
import dev.cairn.merge.Repairer;
import dev.cairn.store.BadInputException;
import dev.cairn.store.BusyException;
import dev.cairn.store.CorruptFileException;
import dev.cairn.store.NoSuchPointException;
import dev.cairn.store.io.StoreLock;
import dev.cairn.tests.history.Model.ModelChain;
import dev.cairn.tests.history.Rules.Outcome;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BiPredicate;
import java.util.function.Consumer;

/** Does each step to the store and to the model, and compares. Not thread-safe. */
public final class History {
  /** The chain that is there from the beginning. */
  public static final String FIRST = "vm";

  private final RealStore real;
  private final BiPredicate<Model, Op> blind;
  private Model model = new Model();
  private Consumer<Model> acknowledged = _ -> {};

  private History(RealStore real, BiPredicate<Model, Op> blind) {
    this.real = real;
    this.blind = blind;
  }

  /**
   * Makes an empty chain.
   *
   * @param blind steps that the model does not see: a planted bug; for the tests of the tests
   */
  public static History begin(RealStore real, BiPredicate<Model, Op> blind) throws IOException {
    real.create(FIRST);
    History history = new History(real, blind);
    history.model.put(FIRST, new ModelChain());
    return history;
  }

  /** Goes on with a store that should be as one of some models says; else fails. */
  public static History over(RealStore real, List<Model> allowed) throws IOException {
    History history = new History(real, (_, _) -> false);
    StringBuilder differences = new StringBuilder();
    for (Model candidate : allowed) {
      Optional<String> difference = history.difference(candidate);
      if (difference.isEmpty()) {
        history.model = candidate.copy();
        return history;
      }
      differences.append('\n').append(difference.get());
    }
    throw new AssertionError("the store is as nothing that it may be:" + differences);
  }

  /** Has somebody told each time when a step is done and can be relied on. */
  public void onAcknowledged(Consumer<Model> listener) {
    acknowledged = listener;
  }

  public static History of(long seed) throws IOException {
    return begin(new RealStore(seed), (_, _) -> false);
  }

  /** Replays steps and looks at everything at the end. */
  static void replay(List<Op> ops, BiPredicate<Model, Op> blind) throws IOException {
    History history = begin(new RealStore(1), blind);
    history.apply(ops);
    history.checkAll();
  }

  public Model model() {
    return model;
  }

  public RealStore real() {
    return real;
  }

  /** Does steps, one after the other. */
  public void apply(List<Op> ops) throws IOException {
    for (Op op : ops) {
      apply(op);
    }
  }

  public void apply(Op op) throws IOException {
    real.clock().advance(Duration.ofMillis(700));
    switch (op) {
      case Op.Crash o -> interrupted(o.op(), o.call(), true);
      case Op.Fail o -> interrupted(o.op(), o.call(), false);
      case Op.MergeRun o -> mergeRun(o);
      case Op.Restore o -> restore(o);
      case Op.Rot o -> rot(o);
      case Op.Checkpoint _,
          Op.Forget _,
          Op.Retain _,
          Op.Pin _,
          Op.Label _,
          Op.Hold _,
          Op.Release _,
          Op.Fork _,
          Op.Merge _,
          Op.Compact _,
          Op.Pack _,
          Op.MoveBase _,
          Op.Sweep _,
          Op.Verify _,
          Op.Reopen _ ->
          alone(op);
    }
  }

  private void alone(Op op) throws IOException {
    Model after = model.copy();
    Outcome expected = Rules.apply(op, after, real.clock().instant());
    if (expected == Outcome.SKIPPED) {
      return;
    }
    expect(expected, attempt(() -> real.perform(op, machine(op))), op);
    if (!blind.test(model, op)) {
      model = after;
    }
    acknowledged.accept(model);
    checkList(op.chain());
  }

  /** Returns the machine that a checkpoint is to store. */
  private Machine machine(Op op) {
    return op instanceof Op.Checkpoint o
        ? model.chain(o.chain()).machine().after(o.changes())
        : Machine.NONE;
  }

  @FunctionalInterface
  private interface Step {
    void run() throws IOException;
  }

  private static Outcome attempt(Step step) throws IOException {
    try {
      step.run();
      return Outcome.DONE;
    } catch (NoSuchPointException e) {
      return Outcome.NO_SUCH;
    } catch (BusyException e) {
      return Outcome.BUSY;
    } catch (BadInputException e) {
      return Outcome.BAD_INPUT;
    }
  }

  private static void expect(Outcome expected, Outcome actual, Op op) {
    if (expected != actual) {
      throw new AssertionError(op + ": expected " + expected + ", was " + actual);
    }
  }

  private void restore(Op.Restore o) throws IOException {
    if (!model.has(o.chain())) {
      return;
    }
    Model.Kept kept = model.chain(o.chain()).points.get(o.point());
    Outcome expected = kept == null ? Outcome.NO_SUCH : Outcome.DONE;
    Machine machine = kept == null ? Machine.NONE : kept.machine();
    String what = o.chain() + "@" + o.point();
    Step step =
        () -> {
          try (ChainSnapshot snapshot = real.chain(o.chain()).snapshot()) {
            if (o.whole()) {
              try (Comparison.Sink sink = new Comparison.Sink(machine, what)) {
                new Restorer(snapshot.view(o.point()), sink, Progress.NONE).run(2);
              }
            } else {
              Comparison.check(machine, snapshot.view(o.point()), what);
            }
          }
        };
    expect(expected, attempt(step), o);
  }

  private void mergeRun(Op.MergeRun o) throws IOException {
    if (!model.has(o.chain())) {
      return;
    }
    Chain chain = real.chain(o.chain());
    try (StoreLock _ = chain.lockMerge();
        ChainSnapshot snapshot = chain.snapshot()) {
      List<FileEntry> layers = snapshot.manifest().layers();
      int from = Math.min(o.from(), Math.max(0, layers.size() - 1));
      List<FileEntry> run =
          layers.subList(from, Math.min(layers.size(), from + Math.max(1, o.count())));
      apply(o.meanwhile());
      if (!run.isEmpty()) {
        List<Long> ids = run.stream().map(FileEntry::fileId).toList();
        boolean there = ids.equals(ids(chain.manifest(), ids));
        expect(
            there ? Outcome.DONE : Outcome.BUSY,
            attempt(() -> new LayerMerger(chain).merge(snapshot, run)),
            o);
      }
    }
    checkList(o.chain());
  }

  private static List<Long> ids(Manifest manifest, List<Long> of) {
    List<Long> ids = manifest.layers().stream().map(FileEntry::fileId).toList();
    int at = ids.indexOf(of.getFirst());
    return at < 0 ? List.of() : ids.subList(at, Math.min(ids.size(), at + of.size()));
  }

  private void interrupted(Op op, int call, boolean kill) throws IOException {
    Model after = model.copy();
    Outcome expected = Rules.apply(op, after, real.clock().instant());
    if (expected == Outcome.SKIPPED) {
      return;
    }
    real.arm(call, kill);
    Optional<IOException> failure = Optional.empty();
    Outcome actual = Outcome.SKIPPED;
    try {
      actual = attempt(() -> real.perform(op, machine(op)));
    } catch (IOException e) {
      failure = Optional.of(e);
    }
    boolean struck = real.disarm();
    if (failure.isPresent() && !struck) {
      throw failure.get();
    }
    real.restart();
    if (failure.isEmpty()) {
      expect(expected, actual, op);
      model = after;
    } else if (difference(after).isEmpty()) {
      model = after;
    }
    checkLists();
    real.chain(op.chain()).sweep();
    real.verify(op.chain());
    checkTip(op.chain());
    checkList(op.chain());
  }

  /** If nothing is intact, a repair changes nothing; then the bit is flipped back. */
  private void rot(Op.Rot o) throws IOException {
    if (!model.has(o.chain()) || model.chain(o.chain()).points.isEmpty()) {
      return;
    }
    RealStore.Saved saved = real.rot(o.chain(), o.file(), o.where());
    if (!repair(o.chain())) {
      real.put(o.chain(), saved);
    }
  }

  /**
   * Repairs a chain that may be damaged. That never gave a wrong byte, and a repair loses only what
   * it said: what is left is exact.
   *
   * @return whether something is intact; else nothing was changed
   */
  public boolean repair(String chain) throws IOException {
    boolean allRead = checkDamaged(chain);
    Repairer repairer = new Repairer(real.chain(chain));
    Optional<Damage> damage;
    try {
      damage = repairer.examine(_ -> {});
    } catch (CorruptFileException e) {
      return false;
    }
    if (damage.isEmpty() && !allRead) {
      throw new AssertionError(chain + ": a point cannot be read, but nothing was found");
    }
    if (damage.isPresent()) {
      repairer.repair(damage.get());
      PointSet lost = damage.get().lost();
      ModelChain points = model.chain(chain);
      points.points.keySet().removeIf(lost::contains);
      points.pins.removeIf(lost::contains);
      points.holds.values().removeIf(lost::contains);
    }
    real.restart();
    real.verify(chain);
    checkLists();
    for (long n : List.copyOf(model.chain(chain).points.keySet())) {
      restore(new Op.Restore(chain, n, false));
    }
    return true;
  }

  /** Reads all points of a damaged chain: right or refused. Tells whether all could be read. */
  private boolean checkDamaged(String chain) throws IOException {
    boolean all = true;
    for (long n : List.copyOf(model.chain(chain).points.keySet())) {
      try {
        restore(new Op.Restore(chain, n, false));
      } catch (CorruptFileException e) {
        all = false;
      }
    }
    return all;
  }

  /** Returns the number of a chain's newest point. */
  public long tip(String chain) {
    return model.chain(chain).points.lastKey();
  }

  /** Returns how many points a chain has. */
  public int points(String chain) {
    return model.chain(chain).points.size();
  }

  /** Compares the newest point of a chain. */
  public void checkTip(String chain) throws IOException {
    ModelChain expected = model.chain(chain);
    if (!expected.points.isEmpty()) {
      restore(new Op.Restore(chain, expected.points.lastKey(), false));
    }
  }

  /** Compares what is said of one chain. */
  private void checkList(String chain) throws IOException {
    Optional<String> difference =
        model.has(chain) ? difference(model.chain(chain), chain) : Optional.empty();
    if (difference.isPresent()) {
      throw new AssertionError(difference.get());
    }
  }

  /** Fails unless the history has come to the same chains and points as another one. */
  public void requireSame(Model other) throws IOException {
    Optional<String> difference = difference(other);
    if (difference.isPresent()) {
      throw new AssertionError(difference.get());
    }
  }

  /** Compares what is said of every chain. */
  private void checkLists() throws IOException {
    Optional<String> difference = difference(model);
    if (difference.isPresent()) {
      throw new AssertionError(difference.get());
    }
  }

  private Optional<String> difference(Model expected) throws IOException {
    if (!List.copyOf(expected.names()).equals(real.chainNames())) {
      return Optional.of("chains: expected " + expected.names() + ", are " + real.chainNames());
    }
    Optional<String> difference = Optional.empty();
    for (String name : expected.names()) {
      if (difference.isEmpty()) {
        difference = difference(expected.chain(name), name);
      }
    }
    return difference;
  }

  private Optional<String> difference(ModelChain expected, String name) throws IOException {
    List<RetentionPoint> list = real.list(name);
    if (!list.equals(expected.list())) {
      return Optional.of("list of " + name + ": expected " + expected.list() + ", is " + list);
    }
    Manifest manifest = real.chain(name).manifest();
    Map<String, Long> holds = new TreeMap<>();
    manifest.marks().holds().forEach(hold -> holds.put(hold.token(), hold.point()));
    String marks = "next " + expected.next + ", holds " + expected.holds;
    String found = "next " + manifest.next() + ", holds " + holds;
    return marks.equals(found)
        ? Optional.empty()
        : Optional.of(name + ": expected " + marks + ", is " + found);
  }

  /** Compares every point of every chain, verifies, and looks for every point that is gone. */
  public void checkAll() throws IOException {
    checkLists();
    for (String name : model.names()) {
      real.verify(name);
      for (long n = 0; n <= model.chain(name).next; n++) {
        restore(new Op.Restore(name, n, n % 16 == 0));
      }
    }
  }
}
