package dev.cairn.chain;

import dev.cairn.chain.manifest.Dropped;
import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.chain.manifest.Manifest;
import dev.cairn.store.BusyException;
import dev.cairn.store.CorruptFileException;
import dev.cairn.store.file.FileName;
import dev.cairn.store.file.OpenFile;
import dev.cairn.store.file.Point;
import dev.cairn.store.io.StoreLock;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Brings a chain forward to a newer state of itself, whose files are at hand: chain/FORMAT.md,
 * Copy. Nobody merges the chain meanwhile: a rewrite rests upon points that only become fewer, and
 * upon a base that only moves forward. Not thread-safe.
 */
final class ChainForward {
  /** What becomes of points that the newer state does not have, and of labels. */
  enum Points {
    /** The newer state is right: points that it lacks go, labels become its own. */
    AS_THERE,
    /** What is here stays: a point that it lacks is a refusal, labels are kept. */
    AS_HERE
  }

  /** Puts files into the chain's directory. */
  @FunctionalInterface
  interface Supply {
    /**
     * Puts a synced file there under its temporary name.
     *
     * @return holds its flock until it is closed
     */
    Closeable put(FileEntry entry) throws IOException;
  }

  /** Makes a supply, once it is known what is lacking. */
  @FunctionalInterface
  interface Supplier {
    Supply of(List<FileEntry> lacking, Chain target) throws IOException;
  }

  private final ChainSnapshot newer;
  private final Chain target;
  private final Points manners;

  ChainForward(ChainSnapshot newer, Chain target, Points manners) {
    this.newer = newer;
    this.target = target;
    this.manners = manners;
  }

  /**
   * Brings the chain forward.
   *
   * @return how many files were lacking
   * @throws BusyException if the chain is not an older state of the newer one, or is being merged
   */
  int run(Supplier supplier) throws IOException {
    try (StoreLock _ = target.lockMerge()) {
      return runAlone(supplier);
    }
  }

  private int runAlone(Supplier supplier) throws IOException {
    target.sweep(); // a process that died at this may have left temporary files of the same names
    Manifest before = target.manifest();
    check(before);
    List<FileEntry> lacking = new ArrayList<>();
    for (FileEntry entry : newer.manifest().files()) {
      if (!isThere(target, newer.manifest(), before, entry)) {
        lacking.add(entry);
      }
    }
    Manifest after = after(before);
    if (lacking.isEmpty() && isSame(before, after)) {
      return 0;
    }
    Supply supply = supplier.of(lacking, target);
    try (Arrivals arrivals = new Arrivals(target)) {
      for (FileEntry entry : lacking) {
        arrivals.add(entry.name(), supply.put(entry));
      }
      long generation = reserve(before);
      target.commit(List.of(new Edit.Forward(generation, after)), arrivals.names);
      return lacking.size();
    }
  }

  /** Files that are there and not committed yet; closing takes them away if they never are. */
  private static final class Arrivals implements Closeable {
    private final Chain target;
    private final List<FileName> names = new ArrayList<>();
    private final List<Closeable> owned = new ArrayList<>();

    Arrivals(Chain target) {
      this.target = target;
    }

    void add(FileName name, Closeable owner) {
      names.add(name);
      owned.add(owner);
    }

    @Override
    public void close() throws IOException {
      for (int i = 0; i < names.size(); i++) {
        target.discard(names.get(i));
        owned.get(i).close();
      }
    }
  }

  /**
   * Tells whether a chain has a file of a newer state of itself. One that only a hold keeps there
   * is as good as one in use; one that cannot be opened, or has other metadata, is not there: it is
   * brought, and replaced.
   */
  static boolean isThere(Chain target, Manifest newer, Manifest before, FileEntry entry)
      throws IOException {
    boolean named =
        before.file(entry.fileId()).isPresent()
            || before.marks().dropped().stream().anyMatch(d -> d.name().equals(entry.name()));
    if (!named) {
      return false;
    }
    try (OpenFile file =
        OpenFile.open(entry.name(), target.directory().open(entry.name().text()))) {
      FileRules.check(newer, entry, file);
      FileRules.checkMetadata(entry, file);
      return true;
    } catch (CorruptFileException | NoSuchFileException e) {
      return false;
    }
  }

  /** Returns the state that the chain will be in, but for what is its own business. */
  private Manifest after(Manifest before) throws IOException {
    Manifest after = newer.manifest();
    if (manners == Points.AS_THERE || before.tip().isEmpty()) {
      return after;
    }
    SortedMap<Long, String> labels = new TreeMap<>(after.marks().labels());
    for (ChainSnapshot.RestorePoint own : target.restorePoints()) {
      Point point = newer.points().get(own.checkpoint());
      if (point != null && !newer.describe(point).label().equals(own.label())) {
        labels.put(own.checkpoint(), own.label());
      }
    }
    Manifest.Marks marks = after.marks();
    return after.withMarks(
        new Manifest.Marks(
            marks.forgotten(), labels, marks.pins(), marks.holds(), marks.dropped()));
  }

  /** Tells whether the chain is in that state already: then its numbers are not used up. */
  private boolean isSame(Manifest before, Manifest newState) throws IOException {
    ManifestEditor editor =
        new ManifestEditor(before, target::snapshot, target.environment().clock());
    Manifest after = editor.apply(List.of(new Edit.Forward(before.generation(), newState)));
    return before.next() >= newState.next()
        && after.withGeneration(before.generation()).withNext(before.next()).equals(before);
  }

  /**
   * Files above the next checkpoint are a sign of a rollback: lest those that come now look like it
   * if the last commit fails half-way, their numbers are taken first.
   */
  private long reserve(Manifest before) throws IOException {
    long next = newer.manifest().next() - 1; // forward takes the last one
    if (next <= before.next()) {
      return before.generation();
    }
    Edit reserve = new Edit.Reserve(before.generation(), next);
    return target.commit(List.of(reserve), List.of()).generation();
  }

  /**
   * Compares the chain as it is with the newer state.
   *
   * @throws BusyException if it is not an older state of it, or would lose what must stay
   */
  void check(Manifest before) throws IOException {
    String name = target.name();
    Manifest now = newer.manifest();
    if (!before.identity().chain().equals(now.identity().chain())) {
      throw new BusyException(
          "another chain named "
              + name
              + " is there: its id is "
              + before.identity().chain()
              + ", expected "
              + now.identity().chain()
              + "; take another name");
    }
    if (before.tip().isEmpty()) {
      return;
    }
    Manifest.Tip tip = before.tip().get();
    Point same = newer.points().get(tip.number());
    if (same == null || !same.id().equals(tip.id())) {
      throw new BusyException(
          "chain "
              + name
              + " there ends at "
              + tip.number()
              + ", checkpoint "
              + tip.id()
              + ", which is no restore point here: it cannot be told whether this is a newer state"
              + " of it; take another name");
    }
    for (long pin : before.marks().pins()) {
      requireHere(name, pin, "pinned");
    }
    for (var hold : before.marks().holds()) {
      requireHere(name, hold.point(), "held");
    }
    if (manners == Points.AS_HERE) {
      requireAllHere(before);
    }
  }

  private void requireHere(String name, long point, String how) throws IOException {
    if (!newer.points().containsKey(point)) {
      throw new BusyException(
          "point " + name + "@" + point + " is " + how + " there, but no restore point here");
    }
  }

  private void requireAllHere(Manifest before) throws IOException {
    for (FileEntry entry : newer.manifest().files()) {
      requireSameFile(target.name(), before, entry);
    }
    List<Long> lost = new ArrayList<>();
    for (ChainSnapshot.RestorePoint own : target.restorePoints()) {
      if (!newer.points().containsKey(own.checkpoint())) {
        lost.add(own.checkpoint());
      }
    }
    if (!lost.isEmpty()) {
      throw new BusyException(
          lost.size()
              + " restore points of chain "
              + target.name()
              + ", the first of them "
              + lost.getFirst()
              + ", are none in the state that comes; to let them go: --mirror");
    }
  }

  /** A file id is used once: one that stands for other bytes elsewhere is damage, or malice. */
  static void requireSameFile(String chain, Manifest before, FileEntry entry)
      throws CorruptFileException {
    Optional<FileEntry> there =
        before
            .file(entry.fileId())
            .or(
                () ->
                    before.marks().dropped().stream()
                        .map(Dropped::file)
                        .filter(f -> f.fileId() == entry.fileId())
                        .findFirst());
    if (there.isEmpty()) {
      return;
    }
    FileEntry own = there.get();
    boolean same =
        own.name().equals(entry.name())
            && own.length() == entry.length()
            && own.sha().equals(entry.sha());
    if (!same) {
      throw new CorruptFileException(
          chain + "/" + own.name(), "SHA-256 of metadata", 0, own.sha(), entry.sha());
    }
  }
}
