package dev.cairn.chain;

import dev.cairn.chain.ChainSnapshot.Files;
import dev.cairn.chain.ChainSnapshot.RestorePoint;
import dev.cairn.chain.manifest.Manifest;
import dev.cairn.chain.manifest.ManifestRules;
import dev.cairn.store.BusyException;
import dev.cairn.store.CorruptFileException;
import dev.cairn.store.Id;
import dev.cairn.store.NoSuchPointException;
import dev.cairn.store.RefusedException;
import dev.cairn.store.StoreException;
import dev.cairn.store.file.FileName;
import dev.cairn.store.io.StoreDirectory;
import dev.cairn.store.io.StoreLock;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * One chain in its directory: opens snapshots of it and is the only one who changes which manifest
 * the name MANIFEST stands for. Thread-safe; other processes may hold the same chain.
 *
 * <p>Steps and locks: chain/FORMAT.md, Commit. It is a little longer than others: what a commit
 * does and what hinders it is read in one place.
 */
public final class Chain implements Closeable {
  static final String LOCK = "LOCK";
  static final String MERGE_LOCK = "MERGE.lock";

  /** A reader who was overtaken so often keeps writers out for a moment. */
  private static final int MOST_RESTARTS = 20;

  private final String name;
  private final StoreDirectory directory;
  private final Environment environment;
  private final FilePool pool;
  private final ManifestFile file;

  /** Whether the spare is read where MANIFEST is lost. */
  private final boolean damaged;

  private volatile boolean dead;

  private Chain(String name, StoreDirectory directory, Environment environment, boolean damaged) {
    this.name = name;
    this.directory = directory;
    this.environment = environment;
    this.pool = new FilePool(directory::open);
    this.file = new ManifestFile(directory);
    this.damaged = damaged;
  }

  /**
   * Opens an existing chain; it owns the directory from then on.
   *
   * @throws NoSuchPointException if there is none in that directory
   */
  public static Chain open(String name, StoreDirectory directory, Environment environment)
      throws IOException {
    return open(new Chain(name, directory, environment, false));
  }

  /** As {@link #open}, to verify or repair it: goes on with the spare if MANIFEST is lost. */
  static Chain openDamaged(String name, StoreDirectory directory, Environment environment)
      throws IOException {
    return open(new Chain(name, directory, environment, true));
  }

  private static Chain open(Chain chain) throws IOException {
    chain.manifest();
    return chain;
  }

  public String name() {
    return name;
  }

  public Environment environment() {
    return environment;
  }

  /** Returns the directory, for writers of new files. */
  public StoreDirectory directory() {
    return directory;
  }

  /** Reads the manifest as it is now. */
  public Manifest manifest() throws IOException {
    try {
      return damaged ? file.sound().manifest() : file.read();
    } catch (NoSuchFileException e) {
      throw lost();
    }
  }

  /** Reads MANIFEST and nothing else, for a commit. The caller holds LOCK. */
  private Manifest head() throws IOException {
    try {
      return file.read();
    } catch (NoSuchFileException e) {
      throw lost();
    }
  }

  /** Returns why MANIFEST is lost, of a chain that was opened to go on with its spare. */
  public Optional<CorruptFileException> manifestDamage() throws IOException {
    return damaged ? file.sound().damage() : Optional.empty();
  }

  /** Tells of all by which MANIFEST is known to be an older one that somebody put back. */
  public List<Finding> rollback() throws IOException {
    List<Finding> findings = new ArrayList<>();
    if (manifestDamage().isPresent()) {
      return findings; // a spare may be older: what it does not name is put aside
    }
    List<String> names = directory.list();
    Manifest manifest = manifest(); // after the names: checkpoints may have come since
    file.rollback().map(Finding::of).ifPresent(findings::add);
    FileExpirer expirer = new FileExpirer(directory);
    for (String other : names) {
      if (expirer.isBeyond(other, manifest)) {
        findings.add(
            new Finding(other, "file", 0, "no checkpoint above " + manifest.next(), "this file"));
      }
    }
    return findings;
  }

  /** Returns why the spare could not take the place of a MANIFEST that is sound. */
  public Optional<CorruptFileException> spareDamage() throws IOException {
    return manifestDamage().isPresent() ? Optional.empty() : file.spareDamage();
  }

  /** Files without a manifest are a chain that lost it, never an empty one. */
  private StoreException lost() throws IOException {
    Optional<String> left = directory.list().stream().filter(ManifestFile::isOfChain).findFirst();
    return left.isPresent()
        ? new CorruptFileException(
            file.path(), "file", 0, "a manifest beside " + left.get(), "no such file")
        : new NoSuchPointException("there is no chain " + name + " in this store; see: cairn list");
  }

  /** Opens a picture of the chain as it is now. The caller closes it. */
  public ChainSnapshot snapshot() throws IOException {
    return snapshot(Files.ALL);
  }

  /**
   * Opens a picture of the chain as it was. The caller closes it.
   *
   * @param held a manifest of this chain, whose files a hold keeps
   */
  public ChainSnapshot snapshot(Manifest held) throws IOException {
    return new ChainSnapshot(name, held, pool, Files.ALL, true);
  }

  /** Returns all restore points as they are now, from old to new. Opens no data file. */
  public List<RestorePoint> restorePoints() throws IOException {
    try (ChainSnapshot snapshot = snapshot(Files.INDEXES)) {
      return snapshot.restorePoints();
    }
  }

  private ChainSnapshot snapshot(Files files) throws IOException {
    Manifest manifest = manifest();
    for (int restarts = 0; restarts < MOST_RESTARTS; restarts++) {
      try {
        return new ChainSnapshot(name, manifest, pool, files, false);
      } catch (NoSuchFileException gone) {
        Manifest newer = manifest();
        if (newer.generation() == manifest.generation()) {
          break;
        }
        manifest = newer;
      }
    }
    try (StoreLock _ = lock()) {
      return new ChainSnapshot(name, manifest(), pool, files, true);
    }
  }

  /** Opens what an edit needs to know of points. The caller holds LOCK. */
  private ChainSnapshot indexes(Manifest head) throws IOException {
    return new ChainSnapshot(name, head, pool, Files.INDEXES, true);
  }

  /** Draws a name for a new file. */
  public long newFileId() {
    return environment.random().nextLong();
  }

  /** Draws the id of a new checkpoint. */
  public Id newCheckpointId() {
    return Id.random(environment.random());
  }

  /** Takes the lock that commits take. */
  StoreLock lock() throws IOException {
    return directory.lock(LOCK, environment.patience());
  }

  /** Takes the lock that mergers, packers and movers of the base share. */
  public StoreLock lockMerge() throws IOException {
    return directory.lock(MERGE_LOCK, environment.patience());
  }

  /**
   * Applies edits to the manifest as it then is, and publishes the next generation.
   *
   * @param newFiles synced files that are still called by their temporary names
   * @return the manifest that is the chain's from now on, durably
   * @throws BusyException if an edit does not fit any more; nothing was changed
   */
  public Manifest commit(List<Edit> edits, List<FileName> newFiles) throws IOException {
    return commit(edits, newFiles, () -> {});
  }

  /** What a commit does in between. */
  @FunctionalInterface
  private interface Step {
    void run() throws IOException;
  }

  /**
   * @param checked is run when the edits fit, and nothing has changed yet
   */
  private Manifest commit(List<Edit> edits, List<FileName> newFiles, Step checked)
      throws IOException {
    if (dead) {
      throw new RefusedException(
          file.path() + ": a sync failed earlier; open the chain anew to see what is durable");
    }
    try (StoreLock _ = lock()) {
      Manifest head = head();
      FileExpirer expirer = new FileExpirer(directory);
      requireNewest(head, expirer.sweep(head, this::isRolledBack));
      Manifest next =
          new ManifestEditor(head, () -> indexes(head), environment.clock()).apply(edits);
      Optional<String> broken = ManifestRules.broken(next);
      if (broken.isPresent()) {
        throw new IllegalStateException(file.path() + " would be wrong: " + broken.get());
      }
      if (edits.stream().anyMatch(LinkRules::concern)) {
        new LinkRules(next, newFiles, directory, pool).check();
      }
      if (edits.stream().anyMatch(Edit.Append.class::isInstance)) {
        Incoming.refuseAppend(this, () -> indexes(head));
      }
      checked.run();
      try {
        for (FileName file : newFiles) {
          directory.rename(file.temporary(), file.text());
        }
        if (!newFiles.isEmpty()) {
          directory.sync();
        }
        file.publish(next);
      } catch (ManifestFile.UnknownOutcomeException e) {
        dead = true;
        throw e;
      } catch (IOException e) {
        takeBack(expirer, head, e);
        throw e;
      }
      try {
        expirer.expire(head, next);
      } catch (IOException e) {
        // The commit is durable, whatever is left over; the next one's sweep finds it again, and
        // fails if it cannot be deleted.
      }
      file.trySpare(); // there may be room now
      return next;
    }
  }

  private boolean isRolledBack() throws IOException {
    return file.rollback().isPresent();
  }

  /** What is built upon an older manifest would part from the newer state that files tell of. */
  private void requireNewest(Manifest head, FileExpirer.Swept swept) throws CorruptFileException {
    if (swept.beyond().isPresent()) {
      String expected = "a number above those of " + swept.beyond().get();
      throw new CorruptFileException(
          file.path(), "next", 0, expected, head.next() + ": " + rollbackAdvice(name));
    }
  }

  /** Says what to do where an older manifest was put back. */
  public static String rollbackAdvice(String chain) {
    return "somebody put an older MANIFEST back; put the newest one back (MANIFEST.spare, if that is"
        + " newer), or go on from here under another name: cairn fork "
        + chain
        + "@latest NEWNAME";
  }

  /**
   * Deletes what a commit that failed had put in place: on a full disk it would take the room that
   * the next attempt needs before it comes to its own sweep.
   */
  private void takeBack(FileExpirer expirer, Manifest head, IOException failure) {
    try {
      expirer.sweep(head, this::isRolledBack);
    } catch (IOException e) {
      failure.addSuppressed(e); // the next commit does it
    }
  }

  /**
   * Takes a file away that its writer gave up; one that was committed no longer has this name. To
   * be called while the writer has its output open: as long as its flock is held nobody else
   * deletes it. Never fails: what is left over belongs to nobody once the output is closed, and the
   * next commit's sweep deletes it or tells why not.
   */
  public void discard(FileName file) {
    try {
      if (directory.exists(file.temporary())) {
        directory.delete(file.temporary());
      }
    } catch (IOException e) {
      // See above; what made the writer give up must not be hidden behind this.
    }
  }

  /** Deletes what crashes left over. */
  public List<String> sweep() throws IOException {
    try (StoreLock _ = lock()) {
      return new FileExpirer(directory).sweep(head(), this::isRolledBack).deleted();
    }
  }

  /**
   * Goes back to what an examination found intact. The manifest as it was, and the files that are
   * damaged or not reached any more, are first linked into {@code damaged/GENERATION/}.
   *
   * @throws BusyException if the chain changed since the examination
   */
  public Manifest repair(Damage damage) throws IOException {
    return commit(List.of(damage.edit()), List.of(), () -> setAside(damage));
  }

  /** Under the commit's LOCK: the manifest that is linked is the one that was examined. */
  private void setAside(Damage damage) throws IOException {
    try (Aside aside = Aside.open(directory, damage.edit().generation())) {
      aside.link(ManifestFile.NAME);
      for (FileName file : damage.setAside()) {
        aside.link(file.text());
      }
      aside.sync();
    }
  }

  /**
   * Returns the files that neither a lost MANIFEST's spare names nor anything else: the spare may
   * be older, and points that it does not know lie in them.
   */
  public List<FileName> unknownToSpare() throws IOException {
    ManifestFile.Sound sound = file.sound();
    return sound.damage().isPresent() ? unknownTo(sound.manifest()) : List.of();
  }

  private List<FileName> unknownTo(Manifest manifest) throws IOException {
    Set<String> named = FileExpirer.named(manifest);
    return directory.list().stream()
        .filter(name -> !named.contains(name))
        .flatMap(name -> FileName.parse(name).stream())
        .toList();
  }

  /**
   * Puts the spare in the place of a MANIFEST that is lost, or writes a spare anew that is lost or
   * behind; does nothing if both are sound. What the spare does not name is linked aside first,
   * beside the lost MANIFEST; its numbers are not used again.
   */
  public void restoreManifest() throws IOException {
    try (StoreLock _ = lock()) {
      ManifestFile.Sound sound = file.sound();
      if (sound.damage().isPresent()) {
        restoreFrom(sound.manifest());
      } else if (file.rollback().isEmpty()) {
        file.renewSpare();
      }
    } catch (ManifestFile.UnknownOutcomeException e) {
      dead = true;
      throw e;
    }
  }

  private void restoreFrom(Manifest spare) throws IOException {
    List<FileName> unknown = unknownTo(spare);
    try (Aside aside = Aside.open(directory, spare.generation())) {
      aside.linkLostManifest();
      for (FileName name : unknown) {
        aside.link(name.text());
      }
      aside.sync();
    }
    long highest = unknown.stream().mapToLong(FileName::last).max().orElse(-1);
    file.publish(
        highest < spare.next() || highest == Long.MAX_VALUE
            ? spare
            : spare.withNext(highest + 1).withGeneration(spare.generation() + 1));
  }

  @Override
  public void close() throws IOException {
    directory.close();
  }
}
