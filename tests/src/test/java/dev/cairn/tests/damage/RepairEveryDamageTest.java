package dev.cairn.tests.damage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.chain.Chain;
import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.Checkpointer;
import dev.cairn.chain.Damage;
import dev.cairn.chain.Finding;
import dev.cairn.chain.PointView;
import dev.cairn.chain.Progress;
import dev.cairn.chain.Store;
import dev.cairn.chain.Verifier;
import dev.cairn.merge.LayerMerger;
import dev.cairn.merge.Repairer;
import dev.cairn.store.CorruptFileException;
import dev.cairn.store.file.FileName;
import dev.cairn.store.file.PageReader;
import dev.cairn.store.io.MemoryDirectory;
import dev.cairn.tests.Settings;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** After a repair every point that was still whole is there, and the chain is as good as new. */
class RepairEveryDamageTest {
  /** Of all flips, in CI; in a soak so many times more. A repair takes as long as ten looks. */
  private static final int FLIPS = 1000 * Settings.soak();

  private final SmallStore store = new SmallStore();
  private final Picture whole = store.picture();
  private final Random random = new Random(Settings.seed());
  private int allFlips;
  private final AtomicInteger repairs = new AtomicInteger();
  private final AtomicInteger rescued = new AtomicInteger();
  private final AtomicInteger refused = new AtomicInteger();
  private final AtomicInteger nothing = new AtomicInteger();

  RepairEveryDamageTest() throws IOException {}

  /** Of each file one damage of each kind, and a sample of all flips. */
  private List<Harm> sample() {
    Harms harms = new Harms(whole, random);
    List<Harm> all = new ArrayList<>();
    List<Harm> sample = new ArrayList<>(harms.removals());
    for (String path : harms.files()) {
      List<Harm> bits = harms.bits(path);
      List<Harm> cuts = harms.cuts(path);
      sample.add(bits.get(random.nextInt(bits.size())));
      sample.add(cuts.get(random.nextInt(cuts.size())));
      sample.addAll(harms.extensions(path).subList(0, 2));
      all.addAll(bits);
    }
    sample.addAll(harms.swaps());
    Collections.shuffle(all, random);
    allFlips = all.size();
    sample.addAll(all.subList(0, Math.min(FLIPS, allFlips)));
    sample.removeIf(harm -> !harm.path().startsWith("chains/vm/") && !isShared(harm.path()));
    return sample;
  }

  private boolean isShared(String path) {
    return whole.links(path).stream().anyMatch(link -> link.startsWith("chains/vm/"));
  }

  @Test
  void everyPointThatIsWholeIsThereAfterARepair() throws Exception {
    List<Harm> sample = sample();
    Crew.work(
        sample,
        () -> {
          Inspector inspector = new Inspector(store, 1);
          return harm -> repair(harm, inspector);
        });
    System.out.println(
        "damages given to repair "
            + sample.size()
            + " (flips: a sample of "
            + FLIPS
            + " of "
            + allFlips
            + "): repaired "
            + repairs
            + " (points rescued "
            + rescued
            + "), nothing to repair "
            + nothing
            + ", refused as nothing is whole "
            + refused);
    assertTrue(repairs.get() > FLIPS / 4 && refused.get() > 0);
  }

  /**
   * What is whole when all can be opened, but for what lies in or above an index whose page index
   * is damaged (chain/FORMAT.md, Repair: a point without the block concerned is lost with the
   * others); else what lies below the index that cannot be opened. MANIFEST has a spare.
   */
  private Set<Long> rescuable(Harm harm, Inspector.Left left) {
    Set<Long> points = new TreeSet<>(left.whole());
    if (!left.opened()) {
      store.marks("vm").forEach(mark -> points.add(mark.point()));
    }
    if (harm.path().endsWith("MANIFEST")) {
      return points;
    }
    for (CorruptFileException e : left.damage()) {
      if (!left.opened() || e.what().startsWith("regn")) {
        Optional<FileName> index = FileName.parse(Picture.name(e.file()));
        long first = index.map(FileName::first).orElse(0L);
        points.removeIf(n -> n >= first);
      }
    }
    return points;
  }

  private void repair(Harm harm, Inspector inspector) throws IOException {
    Picture damaged = harm.on(whole);
    Inspector.Left left = inspector.look(damaged, "vm", store.marks("vm"));
    Set<Long> rescuable = rescuable(harm, left);
    MemoryDirectory disk = MemoryDirectory.create();
    damaged.writeTo(disk);
    try (Store open = Store.open(disk.asProcess("repairer"), SmallStore.environment(3));
        Chain chain = open.openDamaged("vm")) {
      boolean manifests = chain.manifestDamage().isPresent() || chain.spareDamage().isPresent();
      chain.restoreManifest();
      Repairer repairer = new Repairer(chain);
      Optional<Damage> damage = repairer.examine(_ -> {});
      boolean nothingToRepair = damage.isEmpty() && !manifests;
      assertEquals(left.isSilent(), nothingToRepair, "examine knows what verify knows");
      if (nothingToRepair) {
        nothing.incrementAndGet();
        return;
      }
      if (damage.isPresent()) {
        repairer.repair(damage.get());
      }
      repairs.incrementAndGet();
      Set<Long> points = requireSound(chain, -1);
      assertTrue(points.containsAll(rescuable), "rescued " + points + " of " + rescuable);
      rescued.addAndGet(points.size());
      goOn(chain);
    } catch (CorruptFileException e) {
      refused.incrementAndGet();
      assertEquals(Set.of(), rescuable, "refused though points are whole: " + e);
      assertEquals(damaged, Picture.of(disk.asProcess("watcher")), "a refusal changes nothing");
    }
  }

  /** Returns the points, each of which is exact. */
  private Set<Long> requireSound(Chain chain, long added) throws IOException {
    List<Finding> findings = new ArrayList<>();
    new Verifier(chain, findings::add, 1, new Random(1)).run();
    assertEquals(List.of(), findings);
    Set<Long> points = new TreeSet<>();
    try (ChainSnapshot snapshot = chain.snapshot();
        Arena arena = Arena.ofConfined();
        PageReader reader = new PageReader(SmallMachine.PAGE, arena)) {
      for (SmallStore.Mark mark : SmallStore.marks(snapshot)) {
        PointView view = snapshot.view(mark.point());
        machine(mark.point(), added).requireSame(view, reader, "after repair");
        assertTrue(mark.point() == added || store.marks("vm").contains(mark), "" + mark);
        points.add(mark.point());
      }
    }
    return points;
  }

  /** What is written after a repair lies over the machine as it is at the new tip. */
  private SmallMachine machine(long point, long added) {
    long known = point == added ? 0 : point;
    return Objects.requireNonNull(store.machines("vm").get(known));
  }

  private void goOn(Chain chain) throws IOException {
    SmallMachine next = store.machines("vm").firstEntry().getValue();
    long number =
        new Checkpointer(chain)
            .checkpoint(next.image(false), Checkpointer.Options.DEFAULT, Progress.NONE)
            .point()
            .checkpoint();
    requireSound(chain, number);
    try (ChainSnapshot snapshot = chain.snapshot()) {
      new LayerMerger(chain).merge(snapshot, snapshot.manifest().layers());
    }
    requireSound(chain, number);
  }
}
