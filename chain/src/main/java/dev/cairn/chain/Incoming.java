package dev.cairn.chain;

import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.chain.manifest.IncomingState;
import dev.cairn.chain.manifest.Manifest;
import dev.cairn.store.BusyException;
import dev.cairn.store.CorruptFileException;
import dev.cairn.store.StoreException;
import dev.cairn.store.file.Point;
import dev.cairn.store.io.StoreDirectory;
import dev.cairn.store.io.StoreInput;
import dev.cairn.store.io.StoreLock;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Owns what a chain is receiving from another host, and the lock by which one process does:
 * chain/FORMAT.md, A state that is coming. Its own methods are for one thread; its files are for
 * many.
 */
public final class Incoming implements Closeable {
  static final String DIRECTORY = "incoming";
  private static final String LOCK = "LOCK";

  /** So often is a commit tried again that another one came before. */
  private static final int MOST_TRIES = 20;

  private final Chain chain;
  private final StoreDirectory directory;
  private final StoreLock lock;
  private final List<IncomingFile> files = new ArrayList<>();

  /** Those of states that are not the one to come any more. */
  private final List<IncomingFile> retired = new ArrayList<>();

  private Optional<IncomingState> state = Optional.empty();

  private Incoming(Chain chain, StoreDirectory directory, StoreLock lock) {
    this.chain = chain;
    this.directory = directory;
    this.lock = lock;
  }

  /**
   * Opens what is coming into a chain, be it nothing yet. The chain must outlive it.
   *
   * @throws BusyException if another process or thread receives into the chain
   * @throws CorruptFileException if STATE cannot be read
   */
  public static Incoming open(Chain chain) throws IOException {
    Incoming incoming = lock(chain);
    boolean done = false;
    try {
      incoming.state = new StateFile(incoming.directory).read();
      if (incoming.state.flatMap(IncomingState::coming).isPresent()) {
        incoming.openFiles(); // else nothing was begun
      }
      done = true;
      return incoming;
    } finally {
      if (!done) {
        incoming.close();
      }
    }
  }

  private static Incoming lock(Chain chain) throws IOException {
    StoreDirectory directory = chain.directory().makeDirectory(DIRECTORY);
    boolean done = false;
    try {
      StoreLock lock = directory.lock(LOCK, Duration.ZERO);
      done = true;
      return new Incoming(chain, directory, lock);
    } catch (BusyException e) {
      throw new BusyException(
          "another process is receiving into chain " + chain.name() + "; see: cairn status");
    } finally {
      if (!done) {
        directory.close();
      }
    }
  }

  /** Reads what is coming into a chain, without a lock: it may have changed since. */
  public static Optional<IncomingState> look(Chain chain) throws IOException {
    return look(chain.directory());
  }

  private static Optional<IncomingState> look(StoreDirectory chain) throws IOException {
    if (!chain.exists(DIRECTORY)) {
      return Optional.empty();
    }
    try (StoreDirectory directory = chain.openDirectory(DIRECTORY)) {
      return new StateFile(directory).read();
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  /** Tells whether something is coming into a chain, or somebody is about to ask for it. */
  static boolean isUnderWay(StoreDirectory chain) throws IOException {
    if (!chain.exists(DIRECTORY)) {
      return false;
    }
    try (StoreDirectory directory = chain.openDirectory(DIRECTORY)) {
      return directory.exists(StateFile.NAME)
          || (directory.exists(LOCK) && directory.ownerIsAlive(LOCK));
    }
  }

  /**
   * A checkpoint would part the chain from the state that is coming. The caller holds LOCK.
   *
   * @param indexes opens the chain as it is
   */
  static void refuseAppend(Chain chain, ManifestEditor.Opener indexes) throws IOException {
    Optional<IncomingState> state = look(chain.directory());
    if (state.isEmpty()) {
      return;
    }
    Optional<IncomingState.Coming> coming = state.get().coming();
    boolean parts;
    try (ChainSnapshot now = indexes.open()) {
      parts = coming.isPresent() ? !has(now, coming.get()) : now.manifest().tip().isEmpty();
    }
    if (parts) {
      throw new BusyException(
          "chain "
              + chain.name()
              + " is being received; finish that by the same cairn pull, or give it up: cairn pull "
              + chain.name()
              + " --abandon");
    }
  }

  /** Returns what is coming, as it was written down. */
  public Optional<IncomingState> state() {
    return state;
  }

  /** Tells whether the chain has the point already that is coming: then only the end is left. */
  public boolean isDone() throws IOException {
    Optional<IncomingState.Coming> coming = state.flatMap(IncomingState::coming);
    if (coming.isEmpty()) {
      return false;
    }
    try (ChainSnapshot now = chain.snapshot()) {
      return has(now, coming.get());
    }
  }

  /** Tells whether a chain retains the point of a state to come. */
  private static boolean has(ChainSnapshot now, IncomingState.Coming coming) throws IOException {
    Point own = now.points().get(coming.point());
    return own != null && own.id().equals(coming.checkpoint());
  }

  /**
   * Writes down, durably, what will be asked of whom, before it is: the holds are found again. A
   * state that is coming already stays.
   */
  public void ask(boolean only, List<IncomingState.Source> sources) throws IOException {
    publish(new IncomingState(only, sources, state.flatMap(IncomingState::coming)));
  }

  /**
   * Writes down, durably, what a source answered. Files of the chain that the state to come shares
   * are safe from its mergers from then on; files and parts of a state before stay.
   *
   * @param compared the chain's tip of which the source said that it is a restore point there
   * @throws BusyException if the chain is not an older state of it, as far as can be told yet
   */
  public void accept(IncomingState.Coming coming, Optional<Manifest.Tip> compared)
      throws IOException {
    IncomingState asked = state.orElseThrow(() -> new IllegalStateException("nothing was asked"));
    Manifest own = chain.manifest();
    requireOlder(own, coming.manifest(), asked.only());
    linkOwn(own, coming.manifest());
    try (StoreLock _ = chain.lock()) {
      if (!chain.manifest().tip().equals(compared)) {
        throw new BusyException(
            "chain " + chain.name() + " got another checkpoint meanwhile; try again");
      }
      publish(asked.with(coming));
    }
    openFiles();
  }

  private void requireOlder(Manifest own, Manifest coming, boolean only) throws IOException {
    if (!own.identity().chain().equals(coming.identity().chain())) {
      throw new BusyException(
          "another chain named "
              + chain.name()
              + " is here: its id is "
              + own.identity().chain()
              + ", expected "
              + coming.identity().chain()
              + "; take another name: --as");
    }
    if (only && own.tip().isPresent()) {
      throw new BusyException(
          "chain "
              + chain.name()
              + " is here, up to "
              + own.tip().get().number()
              + "; one point alone makes a new chain: --as");
    }
    for (FileEntry entry : coming.files()) {
      ChainForward.requireSameFile(chain.name(), own, entry);
    }
  }

  private void linkOwn(Manifest own, Manifest coming) throws IOException {
    for (FileEntry entry : coming.files()) {
      String name = entry.name().text();
      try {
        if (!directory.exists(name) && ChainForward.isThere(chain, coming, own, entry)) {
          chain.directory().link(name, directory, name);
        }
      } catch (NoSuchFileException e) {
        // Merged away meanwhile: it is fetched.
      } catch (FileAlreadyExistsException e) {
        throw new IllegalStateException(name, e); // LOCK is held
      }
    }
    directory.sync();
  }

  private void publish(IncomingState next) throws IOException {
    new StateFile(directory).publish(next);
    state = Optional.of(next);
  }

  private Manifest coming() {
    return state
        .flatMap(IncomingState::coming)
        .orElseThrow(() -> new IllegalStateException("no state to come"))
        .manifest();
  }

  /** Files that a state before has, too, stay open as they are; its others do, for who reads. */
  private void openFiles() throws IOException {
    List<IncomingFile> before = List.copyOf(files);
    retired.addAll(before);
    files.clear();
    for (FileEntry entry : coming().files()) {
      Optional<IncomingFile> same = retired.stream().filter(f -> f.isOf(entry)).findFirst();
      if (same.isPresent()) {
        retired.remove(same.get());
        files.add(same.get());
      } else {
        files.add(IncomingFile.open(directory, entry));
      }
    }
  }

  private void closeFiles() throws IOException {
    files.addAll(retired);
    retired.clear();
    for (IncomingFile file : files) {
      file.close();
    }
    files.clear();
  }

  /** Returns the files of the state to come, in the order of its manifest. */
  public List<IncomingFile> files() {
    return List.copyOf(files);
  }

  /**
   * Opens a picture of the state to come. All metadata must be here; of bodies nothing. The caller
   * closes it, before this.
   */
  public ChainSnapshot snapshot() throws IOException {
    List<IncomingFile> of = List.copyOf(files);
    return new ChainSnapshot(
        chain.name(),
        coming(),
        new FilePool(name -> input(of, name)),
        ChainSnapshot.Files.ALL,
        true);
  }

  private StoreInput input(List<IncomingFile> of, String name) throws IOException {
    for (IncomingFile file : of) {
      if (file.entry().name().text().equals(name)) {
        return file.input();
      }
    }
    throw new NoSuchFileException(directory.path() + "/" + name);
  }

  /** Makes a file for pages that come before their blocks. The caller closes it, before this. */
  public IncomingSpill spill() throws IOException {
    return IncomingSpill.create(directory);
  }

  /**
   * Compares the chain with the state to come, once its metadata are here.
   *
   * @param mirror whether points that it lacks may go
   * @throws BusyException if the chain is not an older state of it
   */
  public void check(boolean mirror) throws IOException {
    try (ChainSnapshot coming = snapshot()) {
      new ChainForward(coming, chain, points(mirror)).check(chain.manifest());
    }
  }

  private static ChainForward.Points points(boolean mirror) {
    return mirror ? ChainForward.Points.AS_THERE : ChainForward.Points.AS_HERE;
  }

  /**
   * Makes the state to come the chain's. All files must be whole.
   *
   * @param mirror whether points that it lacks go, and its labels count
   * @return how many files the chain did not have
   * @throws BusyException if the chain is not an older state of it, or is being merged; what came
   *     stays
   */
  public int commit(boolean mirror) throws IOException {
    for (IncomingFile file : files) {
      if (!file.isWhole()) {
        throw new IllegalStateException(file.entry().name() + " is not whole");
      }
    }
    try (ChainSnapshot coming = snapshot()) {
      ChainForward forward = new ChainForward(coming, chain, points(mirror));
      for (int tries = 1; ; tries++) {
        long generation = chain.manifest().generation();
        try {
          return forward.run((_, target) -> entry -> put(entry, target));
        } catch (BusyException e) {
          if (tries == MOST_TRIES || chain.manifest().generation() == generation) {
            throw e;
          }
          // Another commit came between, such as a label: what it changed is compared again.
        }
      }
    }
  }

  /** The flock is that of the file itself, whatever its name: so it is held before there is one. */
  private Closeable put(FileEntry entry, Chain target) throws IOException {
    String name = entry.name().text();
    StoreLock owner = directory.lock(name, target.environment().patience());
    boolean done = false;
    try {
      directory.link(name, target.directory(), entry.name().temporary());
      done = true;
      return owner;
    } catch (FileAlreadyExistsException e) {
      throw new BusyException("another process is copying into chain " + target.name());
    } finally {
      if (!done) {
        owner.close();
      }
    }
  }

  /** Takes away all that was coming: it is the chain's now, or given up. */
  public void clear() throws IOException {
    closeFiles();
    clear(directory);
    state = Optional.empty();
  }

  private static void clear(StoreDirectory directory) throws IOException {
    if (directory.exists(StateFile.NAME)) {
      directory.delete(StateFile.NAME);
      directory.sync();
    }
    for (String name : directory.list()) {
      if (!name.equals(LOCK)) {
        directory.delete(name);
      }
    }
    directory.sync();
  }

  /**
   * Gives up what is coming into a chain, though STATE cannot be read.
   *
   * @return what was coming, if that could be read: its holds are still to be released
   */
  public static Optional<IncomingState> abandon(Chain chain) throws IOException {
    try (Incoming incoming = lock(chain)) {
      Optional<IncomingState> was;
      try {
        was = new StateFile(incoming.directory).read();
      } catch (StoreException e) {
        was = Optional.empty(); // that is why it is given up
      }
      clear(incoming.directory);
      return was;
    }
  }

  @Override
  public void close() throws IOException {
    try {
      closeFiles();
    } finally {
      try (directory) {
        lock.close();
      }
    }
  }
}
