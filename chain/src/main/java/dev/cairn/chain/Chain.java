package dev.cairn.chain;

import dev.cairn.chain.ChainSnapshot.Files;
import dev.cairn.chain.ChainSnapshot.RestorePoint;
import dev.cairn.chain.manifest.Manifest;
import dev.cairn.chain.manifest.ManifestCodec;
import dev.cairn.chain.manifest.ManifestRules;
import dev.cairn.store.BadInputException;
import dev.cairn.store.BusyException;
import dev.cairn.store.CorruptFileException;
import dev.cairn.store.Id;
import dev.cairn.store.NoSuchPointException;
import dev.cairn.store.RefusedException;
import dev.cairn.store.file.FileName;
import dev.cairn.store.io.StoreDirectory;
import dev.cairn.store.io.StoreInput;
import dev.cairn.store.io.StoreLock;
import dev.cairn.store.io.StoreOutput;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.NoSuchFileException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One chain in its directory: opens snapshots of it and is the only one who changes which manifest
 * the name MANIFEST stands for. Thread-safe; other processes may hold the same chain.
 *
 * <p>Steps and locks: chain/FORMAT.md, Commit.
 */
public final class Chain implements Closeable {
  static final String MANIFEST = "MANIFEST";
  static final String MANIFEST_TMP = "MANIFEST.tmp";
  static final String LOCK = "LOCK";
  static final String DAMAGED = "damaged";
  static final String MERGE_LOCK = "MERGE.lock";

  /** A reader who was overtaken so often keeps writers out for a moment. */
  private static final int MOST_RESTARTS = 20;

  private final String name;
  private final StoreDirectory directory;
  private final Environment environment;
  private final FilePool pool;
  private volatile boolean dead;
  private volatile @Nullable Read last;

  /** A manifest and its one text: who reads the same text again need not parse it. Immutable. */
  private static final class Read {
    private final byte[] text;
    private final Manifest manifest;

    Read(byte[] text, Manifest manifest) {
      this.text = text;
      this.manifest = manifest;
    }
  }

  private Chain(String name, StoreDirectory directory, Environment environment) {
    this.name = name;
    this.directory = directory;
    this.environment = environment;
    this.pool = new FilePool(directory);
  }

  /**
   * Opens an existing chain; it owns the directory from then on.
   *
   * @throws NoSuchPointException if there is none in that directory
   */
  public static Chain open(String name, StoreDirectory directory, Environment environment)
      throws IOException {
    Chain chain = new Chain(name, directory, environment);
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
    try (StoreInput in = directory.open(MANIFEST)) {
      long length = in.length();
      if (length > ManifestCodec.MOST_BYTES) {
        throw new CorruptFileException(
            path(MANIFEST), "length", 0, "≤ " + ManifestCodec.MOST_BYTES, length);
      }
      byte[] bytes = new byte[(int) length];
      in.read(0, MemorySegment.ofArray(bytes));
      Read read = last;
      if (read == null || !Arrays.equals(read.text, bytes)) {
        read = new Read(bytes, ManifestCodec.decode(path(MANIFEST), bytes));
        last = read;
      }
      return read.manifest;
    } catch (NoSuchFileException e) {
      requireNoFiles();
      throw new NoSuchPointException(
          "there is no chain " + name + " in this store; see: cairn list");
    }
  }

  /** Files without a manifest are a chain that lost it, never an empty one. */
  private void requireNoFiles() throws IOException {
    for (String file : directory.list()) {
      if (FileName.parse(file).isPresent()) {
        throw new CorruptFileException(
            path(MANIFEST), "file", 0, "a manifest beside " + file, "no such file");
      }
    }
  }

  /** Opens a picture of the chain as it is now. The caller closes it. */
  public ChainSnapshot snapshot() throws IOException {
    return snapshot(Files.ALL);
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
    try (StoreLock _ = directory.lock(LOCK, environment.patience())) {
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
          path(MANIFEST) + ": a sync failed earlier; open the chain anew to see what is durable");
    }
    try (StoreLock _ = directory.lock(LOCK, environment.patience())) {
      Manifest head = manifest();
      FileExpirer expirer = new FileExpirer(directory);
      requireNewest(head, expirer.sweep(head));
      Manifest next =
          new ManifestEditor(head, () -> indexes(head), environment.clock()).apply(edits);
      Optional<String> broken = ManifestRules.broken(next);
      if (broken.isPresent()) {
        throw new IllegalStateException(path(MANIFEST) + " would be wrong: " + broken.get());
      }
      if (edits.stream().anyMatch(LinkRules::concern)) {
        new LinkRules(next, newFiles, directory, pool).check();
      }
      checked.run();
      try {
        for (FileName file : newFiles) {
          directory.rename(file.temporary(), file.text());
        }
        if (!newFiles.isEmpty()) {
          directory.sync();
        }
        last = new Read(publish(directory, next), next);
      } catch (UnknownOutcomeException e) {
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
      return next;
    }
  }

  /** What is built upon an older manifest would part from the newer state that files tell of. */
  private void requireNewest(Manifest head, FileExpirer.Swept swept) throws CorruptFileException {
    if (swept.beyond().isPresent()) {
      throw new CorruptFileException(
          path(MANIFEST),
          "next",
          0,
          "a number above those of " + swept.beyond().get(),
          head.next()
              + ": somebody put an older MANIFEST back; put the newest one back, or go on from"
              + " here under another name: cairn fork "
              + name
              + "@latest NEWNAME");
    }
  }

  /**
   * Deletes what a commit that failed had put in place: on a full disk it would take the room that
   * the next attempt needs before it comes to its own sweep.
   */
  private static void takeBack(FileExpirer expirer, Manifest head, IOException failure) {
    try {
      expirer.sweep(head);
    } catch (IOException e) {
      failure.addSuppressed(e); // the next commit does it
    }
  }

  /**
   * Makes a manifest the one that the name MANIFEST stands for. The caller holds LOCK.
   *
   * @return its text
   */
  static byte[] publish(StoreDirectory directory, Manifest next) throws IOException {
    byte[] text = ManifestCodec.encode(next);
    if (text.length > ManifestCodec.MOST_BYTES) {
      throw new BadInputException(
          directory.path()
              + "/"
              + MANIFEST
              + ": would have "
              + text.length
              + " bytes, at most "
              + ManifestCodec.MOST_BYTES
              + " are read; compact the chain, or take labels and pins away");
    }
    if (directory.exists(MANIFEST_TMP)) {
      directory.delete(MANIFEST_TMP);
    }
    try (StoreOutput out = directory.create(MANIFEST_TMP)) {
      out.write(0, MemorySegment.ofArray(text));
      out.sync();
    }
    try {
      directory.rename(MANIFEST_TMP, MANIFEST);
      directory.sync();
    } catch (IOException e) {
      throw new UnknownOutcomeException(directory.path() + "/" + MANIFEST, e);
    }
    return text;
  }

  /** Which manifest is in place, or would be after a power cut, is not known. */
  private static final class UnknownOutcomeException extends IOException {
    private static final long serialVersionUID = 1;

    UnknownOutcomeException(String file, IOException cause) {
      super(file + ": may have been published, or not: " + cause.getMessage(), cause);
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
    try (StoreLock _ = directory.lock(LOCK, environment.patience())) {
      return new FileExpirer(directory).sweep(manifest()).deleted();
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
    long generation = damage.edit().generation();
    try (StoreDirectory damaged = directory.makeDirectory(DAMAGED);
        StoreDirectory aside = damaged.makeDirectory(String.valueOf(generation))) {
      setAside(MANIFEST, aside);
      for (FileName file : damage.setAside()) {
        setAside(file.text(), aside);
      }
      aside.sync();
    }
  }

  /**
   * What is there already was put there by a repair of the same generation that came no further.
   */
  private void setAside(String file, StoreDirectory aside) throws IOException {
    if (directory.exists(file) && !aside.exists(file)) {
      directory.link(file, aside, file);
    }
  }

  private String path(String file) {
    return directory.path() + "/" + file;
  }

  @Override
  public void close() throws IOException {
    directory.close();
  }
}
