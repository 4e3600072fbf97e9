package dev.cairn.tests.damage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.tests.Settings;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * A small store is damaged in every way; each time all of it is read and verified: exact bytes, or
 * an error that tells all, and verify knows of it.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class EveryDamageTest {
  /** A look at the sound store takes a quarter of each. */
  private static final long MOST_HEAP_BYTES = 8 << 20;

  /**
   * Of the damages that a restore has found, one in so many is verified, too; in a soak each. Those
   * that it has not are verified always.
   */
  private static final int VERIFIED = 8;

  /** A block of a body, or a whole file in the place of a manifest. */
  private static final long MOST_READ_BYTES = 2 << 20;

  private SmallStore store;
  private Picture whole;
  private Harms harms;

  @BeforeAll
  void make() throws IOException {
    store = new SmallStore();
    whole = store.picture();
    harms = new Harms(whole, new Random(Settings.seed()));
  }

  /** What came of many damages. */
  private static final class Tally {
    final AtomicLong damages = new AtomicLong();
    final AtomicLong unopened = new AtomicLong();
    final AtomicLong partly = new AtomicLong();
    final AtomicLong onlyVerify = new AtomicLong();
    final ConcurrentLinkedQueue<Harm> silent = new ConcurrentLinkedQueue<>();
    final ConcurrentLinkedQueue<Inspector> inspectors = new ConcurrentLinkedQueue<>();

    void add(Harm harm, Map<String, Inspector.Left> left) {
      damages.incrementAndGet();
      if (left.values().stream().allMatch(Inspector.Left::isSilent)) {
        silent.add(harm);
      } else if (left.values().stream().anyMatch(l -> !l.opened())) {
        unopened.incrementAndGet();
      } else if (left.values().stream().anyMatch(l -> !l.damage().isEmpty())) {
        partly.incrementAndGet();
      } else {
        onlyVerify.incrementAndGet();
      }
    }

    String told() {
      return damages
          + ": chain refused "
          + unopened
          + ", some points refused "
          + partly
          + ", found by verify alone "
          + onlyVerify
          + ", not found "
          + silent.size();
    }
  }

  private Tally inflict(List<Harm> all) throws Exception {
    Tally tally = new Tally();
    Crew.work(
        all,
        () -> {
          Inspector inspector = new Inspector(store, Settings.soak() > 1 ? 1 : VERIFIED);
          tally.inspectors.add(inspector);
          return harm -> tally.add(harm, inspector.look(harm.on(whole), concerned(harm.path())));
        });
    for (Inspector inspector : tally.inspectors) {
      assertEquals(List.of(), inspector.reads().beyond(), "reads beyond the end of a file");
      assertTrue(inspector.mostHeapBytes() < MOST_HEAP_BYTES, "heap");
      assertTrue(inspector.reads().mostBytes() <= MOST_READ_BYTES, "a read's memory");
      inspector.close();
    }
    return tally;
  }

  private Tally inflictFound(String what, List<Harm> all) throws Exception {
    Tally tally = inflict(all);
    System.out.println(what + " " + tally.told());
    assertEquals(List.of(), List.copyOf(tally.silent), what);
    assertFalse(all.isEmpty(), what);
    return tally;
  }

  /** Returns the chains that have a file; all, if it is the store's own. */
  private NavigableSet<String> concerned(String path) {
    NavigableSet<String> chains = new TreeSet<>();
    for (String chain : store.chains()) {
      if (whole.links(path).stream().anyMatch(link -> link.startsWith("chains/" + chain + "/"))) {
        chains.add(chain);
      }
    }
    return chains.isEmpty() ? new TreeSet<>(store.chains()) : chains;
  }

  @Test
  void theStoreItselfIsSound() throws IOException {
    try (Inspector inspector = new Inspector(store, 1)) {
      inspector
          .look(whole)
          .forEach((chain, left) -> assertTrue(left.isSilent() && left.opened(), chain + left));
      assertTrue(inspector.mostHeapBytes() > 100_000, "heap is seen");
      assertEquals(List.of(), inspector.reads().beyond());
      System.out.println(
          "small store: files "
              + harms.files().size()
              + ", heap for a chain "
              + inspector.mostHeapBytes()
              + ", largest read "
              + inspector.reads().mostBytes());
    }
  }

  @Test
  void everyFlippedBitIsFound() throws Exception {
    List<Harm> bits = new ArrayList<>();
    for (String path : harms.files()) {
      bits.addAll(harms.bits(path));
    }
    inflictFound("bits flipped", share(bits));
  }

  @Test
  void everyLengthIsFound() throws Exception {
    List<Harm> lengths = new ArrayList<>();
    for (String path : harms.files()) {
      lengths.addAll(harms.cuts(path));
    }
    inflictFound("lengths cut", share(lengths));
    List<Harm> longer = new ArrayList<>();
    for (String path : harms.files()) {
      longer.addAll(harms.extensions(path));
    }
    inflictFound("lengths extended", longer);
  }

  /** In CI, and in a soak, every one of them; else one in so many. */
  private static List<Harm> share(List<Harm> all) {
    int step = Settings.soak() > 1 || "true".equals(System.getenv("CI")) ? 1 : 32;
    if (step > 1) {
      System.out.println("not in CI, no -Dcairn.soak: one in " + step + " of " + all.size());
    }
    List<Harm> some = new ArrayList<>();
    for (int i = 0; i < all.size(); i += step) {
      some.add(all.get(i));
    }
    return some;
  }

  @Test
  void everyFileInThePlaceOfAnotherIsFound() throws Exception {
    inflictFound("files swapped", harms.swaps());
  }

  /** Another store's STORE says another id, on which nothing rests but the catalog. */
  @Test
  void everyFileOfAnotherStoreIsFoundButStore() throws Exception {
    List<Harm> swaps = harms.swaps(new SmallStore(50).picture());
    List<Harm> names = swaps.stream().filter(EveryDamageTest::isOfStore).toList();
    assertEquals(1, names.size(), "two stores have each one STORE, and another id");
    inflictExact("STORE of another store", names);
    List<Harm> files = swaps.stream().filter(harm -> !isOfStore(harm)).toList();
    inflictFound("files of another store", files);
  }

  private static boolean isOfStore(Harm harm) {
    return harm instanceof Harm.Foreign f && f.path().equals("STORE") && f.by().equals("STORE");
  }

  /**
   * Files of a copy of a chain as it was; of the state of its manifest a layer was merged since.
   */
  @Test
  void everyFileOfAnOlderCopyIsFound() throws Exception {
    Picture older = store.older();
    String manifest = SmallStore.path("vm", "MANIFEST");
    List<Harm> swaps = harms.swaps(older);
    List<Harm> states =
        swaps.stream()
            .filter(h -> h instanceof Harm.Foreign f && f.path().equals(manifest))
            .filter(h -> h instanceof Harm.Foreign f && f.by().equals(manifest))
            .toList();
    List<Harm> names = swaps.stream().filter(EveryDamageTest::isOfStore).toList();
    assertEquals(1, names.size(), "the copy's store has another id");
    inflictExact("STORE of an older copy", names);
    List<Harm> files = new ArrayList<>(swaps);
    files.removeAll(states);
    files.removeAll(names);
    inflictFound("files of an older copy", files);
    assertEquals(1, states.size(), "manifests of an older copy");
    try (Inspector inspector = new Inspector(store, 1)) {
      Picture picture = states.getFirst().on(whole);
      Inspector.Left left = inspector.look(picture, "vm", store.olderMarks());
      assertFalse(left.damage().isEmpty(), "what the older state lacks is told");
      assertFalse(left.findings().isEmpty(), "by verify, too");
    }
  }

  private void inflictExact(String what, List<Harm> all) throws Exception {
    Tally tally = inflict(all);
    System.out.println(what + " " + tally.told());
    assertEquals(all.size(), tally.silent.size(), what + ": all is exact");
  }

  /** Lock files are empty, and made when they are missing. */
  @Test
  void everyFileThatIsGoneIsFoundButLocks() throws Exception {
    Tally tally = inflict(harms.removals());
    System.out.println("names removed " + tally.told());
    tally.silent.forEach(harm -> assertEquals(0, whole.get(harm.path()).length(), "" + harm));
  }

  /** An older manifest whose files are there is an older store; verify tells of what is newer. */
  @Test
  void anOlderManifestIsItsOwnStateOrFound() throws Exception {
    List<SmallStore.Generation> generations = new ArrayList<>();
    store.eachGeneration(generations::add);
    int exact = 0;
    int told = 0;
    try (Inspector inspector = new Inspector(store, 1)) {
      for (SmallStore.Generation old : generations) {
        String path = SmallStore.path(old.chain(), "MANIFEST");
        Picture picture = whole.with(path, old.manifest());
        Inspector.Left left = inspector.look(picture, old.chain(), old.marks());
        boolean missing = !left.damage().isEmpty();
        boolean newest = old.marks().equals(store.marks(old.chain()));
        exact += missing ? 0 : 1;
        long last = old.marks().getLast().point();
        long tip = store.marks(old.chain()).getLast().point();
        if (!missing && last + 1 < tip) { // one newer file alone may be a crashed writer's
          told++;
          String beyond = "-%012d-".formatted(tip);
          assertTrue(
              left.findings().stream().anyMatch(f -> f.file().contains(beyond)),
              old + " " + left.findings());
        }
        assertTrue(!newest || left.damage().isEmpty(), "the newest manifest is sound");
      }
    }
    System.out.println(
        "older manifests "
            + generations.size()
            + ": exactly that state "
            + exact
            + " (with files beyond told of: "
            + told
            + "), refused "
            + (generations.size() - exact));
    assertTrue(exact > 2 && told > 0 && exact < generations.size());
  }
}
