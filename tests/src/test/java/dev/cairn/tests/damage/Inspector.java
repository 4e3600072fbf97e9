package dev.cairn.tests.damage;

import com.sun.management.ThreadMXBean;
import dev.cairn.chain.Chain;
import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.Finding;
import dev.cairn.chain.Store;
import dev.cairn.chain.Verifier;
import dev.cairn.store.CorruptFileException;
import dev.cairn.store.file.PageReader;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;

/**
 * Opens a damaged store and asks for everything: each point exactly as it was, or an error that
 * names file, offset, what was expected and what is there. For one thread.
 */
final class Inspector implements Closeable {
  /**
   * What is left of a chain. Immutable.
   *
   * @param whole points that can be restored
   * @param damage why others cannot; why the chain cannot be opened
   * @param opened whether it could be
   * @param findings of verify
   */
  record Left(
      Set<Long> whole, List<CorruptFileException> damage, boolean opened, List<Finding> findings) {
    Left {
      whole = Set.copyOf(whole);
      damage = List.copyOf(damage);
      findings = List.copyOf(findings);
    }

    /** Tells whether nobody noticed anything. */
    boolean isSilent() {
      return damage.isEmpty() && findings.isEmpty();
    }
  }

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private final SmallStore expected;
  private final int share;
  private long looks;
  private final Reads reads = new Reads();
  private final Arena arena = Arena.ofShared();
  private final PageReader pages = new PageReader(SmallMachine.PAGE, arena);
  private long mostHeapBytes;

  /**
   * @param share of what a restore finds one in so many is verified, too
   */
  Inspector(SmallStore expected, int share) {
    this.expected = expected;
    this.share = share;
  }

  Reads reads() {
    return reads;
  }

  /** Returns the most that one look at one chain has allocated, bytes. */
  long mostHeapBytes() {
    return mostHeapBytes;
  }

  /** Looks at all chains. */
  Map<String, Left> look(Picture picture) throws IOException {
    return look(picture, expected.chains());
  }

  /** Looks at some chains. */
  Map<String, Left> look(Picture picture, Iterable<String> chains) throws IOException {
    Map<String, Left> left = new TreeMap<>();
    for (String chain : chains) {
      left.put(chain, look(picture, chain, expected.marks(chain)));
    }
    return left;
  }

  /** Looks at one chain, which must be of these points where it can be read at all. */
  Left look(Picture picture, String name, List<SmallStore.Mark> marks) throws IOException {
    long before = THREADS.getCurrentThreadAllocatedBytes();
    Set<Long> whole = new HashSet<>();
    List<CorruptFileException> damage = new ArrayList<>();
    List<Finding> findings = new ArrayList<>();
    boolean opened = false;
    boolean verified = false;
    try (Store store = open(picture);
        Chain chain = store.open(name)) {
      opened = restore(chain, marks, whole, damage);
      if (damage.isEmpty() || looks++ % share == 0) {
        new Verifier(chain, findings::add, 1, new Random(1)).run();
        chain.spareDamage().map(Inspector::told).map(Finding::of).ifPresent(findings::add);
        verified = true;
      }
    } catch (CorruptFileException e) {
      damage.add(told(e));
    }
    findings.forEach(Inspector::told);
    long used = THREADS.getCurrentThreadAllocatedBytes() - before;
    mostHeapBytes = Math.max(mostHeapBytes, used);
    if (verified && !damage.isEmpty() && findings.isEmpty()) {
      throw new AssertionError("verify is silent about " + damage);
    }
    return new Left(whole, damage, opened, findings);
  }

  private Store open(Picture picture) throws IOException {
    return Store.open(new PictureDirectory(picture, reads), SmallStore.environment(1));
  }

  /** Returns whether a snapshot could be opened. */
  private boolean restore(
      Chain chain, List<SmallStore.Mark> marks, Set<Long> whole, List<CorruptFileException> damage)
      throws IOException {
    try (ChainSnapshot snapshot = chain.snapshot()) {
      List<SmallStore.Mark> found = SmallStore.marks(snapshot);
      if (!found.equals(marks)) {
        throw new AssertionError("points: expected " + marks + ", found " + found);
      }
      for (SmallStore.Mark mark : marks) {
        point(chain, snapshot, mark.point())
            .ifPresentOrElse(damage::add, () -> whole.add(mark.point()));
      }
      return true;
    } catch (CorruptFileException e) {
      damage.add(told(e));
      return false;
    }
  }

  private Optional<CorruptFileException> point(Chain chain, ChainSnapshot snapshot, long n)
      throws IOException {
    try {
      SmallMachine machine = expected.machines(chain.name()).get(n);
      if (machine == null) {
        throw new AssertionError(chain.name() + " never had a point " + n);
      }
      machine.requireSame(snapshot.view(n), pages, chain.name() + "@" + n);
      return Optional.empty();
    } catch (CorruptFileException e) {
      return Optional.of(told(e));
    }
  }

  /** An error says all of it, in one line. */
  private static CorruptFileException told(CorruptFileException e) {
    told(Finding.of(e));
    if (String.valueOf(e.getMessage()).lines().count() != 1) {
      throw new AssertionError("not one line: " + e.getMessage());
    }
    return e;
  }

  private static void told(Finding finding) {
    boolean told =
        !finding.file().isBlank()
            && !finding.what().isBlank()
            && finding.offset() >= 0
            && !finding.expected().isBlank()
            && !finding.actual().isBlank()
            && !finding.expected().equals(finding.actual());
    if (!told) {
      throw new AssertionError("does not tell all: " + finding);
    }
  }

  @Override
  public void close() {
    pages.close();
    arena.close();
  }
}
