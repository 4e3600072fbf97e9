package dev.cairn.tools.bench;

import dev.cairn.chain.Environment;
import dev.cairn.chain.Store;
import dev.cairn.store.io.FileSystemDirectory;
import dev.cairn.store.io.FileSystemOptions;
import dev.cairn.store.io.StoreDirectory;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** A temporary directory to measure in, and how much to do there. Not thread-safe. */
public final class Workbench implements Closeable {
  private static final long SEED = 20_261_120;
  private static final Path MEMORY = Path.of("/dev/shm");
  private static final long MEMORY_BYTES = 256 << 20;
  private static final long QUICK_RAM_BYTES = 32 << 20;
  private static final int QUICK_CHECKPOINTS = 8;

  /** How often what is still being written is deleted at the end of the process. */
  private static final int DELETE_TRIES = 1000;

  private final Path directory;
  private final boolean quick;
  private final FileSystemOptions options;
  private boolean twoDays;
  private StreamPlan streamPlan = StreamPlan.STANDARD;
  private Sizes sizes = Sizes.NONE;
  private List<String> peers = List.of();
  private Optional<GivenChain> chain = Optional.empty();

  /** Opens a store; who asks for it closes it. */
  @FunctionalInterface
  public interface StoreOpener {
    Store open() throws IOException;
  }

  /**
   * A chain that is there already, to be read and never written.
   *
   * @param name of it in that store
   */
  public record GivenChain(StoreOpener store, String name) {}

  private Workbench(Path directory, boolean quick, FileSystemOptions options) {
    this.directory = directory;
    this.quick = quick;
    this.options = options;
  }

  /** Asks for the two days of the bar about retention, which take half an hour. */
  public void askForTwoDays() {
    twoDays = true;
  }

  /** Asks for what the bench about streams is to measure. */
  public void askForStreams(StreamPlan plan) {
    streamPlan = plan;
  }

  /** Asks for sizes; what they leave out stays each bench's own. */
  public void askForSizes(Sizes wanted) {
    sizes = wanted;
  }

  /** Asks for other programs to be measured beside Cairn. */
  public void askForPeers(List<String> names) {
    peers = List.copyOf(names);
  }

  /** Asks for a chain that is there to be measured. */
  public void askForChain(GivenChain given) {
    chain = Optional.of(given);
  }

  Optional<GivenChain> chain() {
    return chain;
  }

  Sizes sizes() {
    return sizes;
  }

  List<String> peers() {
    return peers;
  }

  /** Returns the RAM of the machines whose sizes no bar names. */
  long ramBytes() {
    return sizes.ramBytes().orElse(quick ? QUICK_RAM_BYTES : Sizes.STANDARD_RAM_BYTES);
  }

  /** Returns how many checkpoints a chain has whose number no bar names. */
  int checkpoints() {
    return sizes.checkpoints().orElse(pick(QUICK_CHECKPOINTS, Sizes.STANDARD_CHECKPOINTS));
  }

  /** Returns how many pages change from one checkpoint to the next. */
  int dirtyPages(long ramPages) {
    double percent = sizes.dirtyPercent().orElse(Sizes.STANDARD_DIRTY_PERCENT);
    return (int) Math.max(1, Math.round(ramPages * percent / 100));
  }

  HotSet hotSet() {
    return sizes.hot();
  }

  StreamPlan streamPlan() {
    return streamPlan;
  }

  /**
   * Makes one whose files are in memory, if this machine has a place for that; else one within
   * this. The caller closes it.
   */
  Workbench inMemory() throws IOException {
    boolean fits =
        Files.isWritable(MEMORY)
            && Files.getFileStore(MEMORY).type().equals("tmpfs")
            && Files.getFileStore(MEMORY).getUsableSpace() >= MEMORY_BYTES;
    Workbench made = create(fits ? MEMORY : directory, quick, options);
    made.sizes = sizes;
    return made;
  }

  /** Returns for how long the bench about retention goes on, seconds of its own clock. */
  int retentionSeconds() {
    return twoDays ? 2 * 24 * 3600 : pick(200, 3 * 3600);
  }

  /**
   * Makes a temporary directory.
   *
   * @param parent where; its file system is the one that is measured
   * @param quick at most 400 MiB and a minute in all, in place of 3 GiB
   */
  public static Workbench create(Path parent, boolean quick, FileSystemOptions options)
      throws IOException {
    Workbench bench =
        new Workbench(Files.createTempDirectory(parent, "cairn-bench-"), quick, options);
    Runtime.getRuntime().addShutdownHook(new Thread(bench::deleteAtExit));
    return bench;
  }

  /** Deletes the directory when the process is told to end before it is closed. */
  private void deleteAtExit() {
    for (int i = 1; ; i++) {
      try {
        if (Files.exists(directory)) {
          delete(true);
        }
        return;
      } catch (IOException e) {
        // The bench still writes. It fails soon: what it writes into is gone.
        if (i == DELETE_TRIES) {
          System.err.println("cairn: " + directory + " is left behind: " + e.getMessage());
          return;
        }
      }
    }
  }

  /** Returns one of two amounts of work. */
  int pick(int whenQuick, int otherwise) {
    return quick ? whenQuick : otherwise;
  }

  /** Returns a path for a file. */
  Path file(String name) {
    return directory.resolve(name);
  }

  /** Returns the same numbers each time, so that runs can be compared. */
  Random random() {
    return new Random(SEED);
  }

  Environment environment() {
    return new Environment(Clock.systemUTC(), new SecureRandom(), Duration.ofSeconds(5));
  }

  /** Opens, or makes, a directory as a store has it. */
  StoreDirectory storeDirectory(String name) throws IOException {
    return FileSystemDirectory.create(file(name), options);
  }

  /** Makes a store. The caller closes it. */
  Store makeStore(String name) throws IOException {
    return Store.create(storeDirectory(name), environment());
  }

  /** Opens a store that was made before. The caller closes it. */
  Store openStore(String name) throws IOException {
    return Store.open(storeDirectory(name), environment());
  }

  /** Deletes all files, but not the directory itself. */
  public void clear() throws IOException {
    delete(false);
  }

  @Override
  public void close() throws IOException {
    delete(true);
  }

  private void delete(boolean all) throws IOException {
    delete(directory, all);
  }

  /** Deletes a directory and all that is in it. */
  static void delete(Path tree) throws IOException {
    delete(tree, true);
  }

  private static void delete(Path top, boolean all) throws IOException {
    Files.walkFileTree(
        top,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path entry, @Nullable IOException failure)
              throws IOException {
            if (failure != null) {
              throw failure;
            }
            if (all || !entry.equals(top)) {
              Files.delete(entry);
            }
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
