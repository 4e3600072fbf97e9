package dev.cairn.merge;

import dev.cairn.chain.Chain;
import dev.cairn.chain.Environment;
import dev.cairn.chain.Store;
import dev.cairn.store.io.HookedDirectory;
import dev.cairn.store.io.MemoryDirectory;
import dev.cairn.store.io.StoreInput;
import dev.cairn.store.io.StoreOutput;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/** A store in memory, and the processes that work on it: some of them die. */
final class MemoryStore {
  /** What a process does. */
  @FunctionalInterface
  interface Work {
    void run(Store store) throws IOException;
  }

  /** How a call fails. */
  enum Failure {
    /** The call fails, those after it do not: what cleans up can work. */
    ERROR,
    /** The process is killed. */
    DEATH
  }

  private final MemoryDirectory disk = MemoryDirectory.create();
  private final Environment environment;

  /**
   * @param seed of the ids that are drawn here
   */
  MemoryStore(long seed) throws IOException {
    environment = new Environment(Clock.systemUTC(), new Random(seed), Duration.ZERO);
    Store.create(disk.asProcess("init"), environment).close();
  }

  /** Opens the store in a new process. */
  Store open() throws IOException {
    return Store.open(disk.asProcess("opened"), environment);
  }

  /** Opens the store in a new process, whose calls ask a hook. */
  Store open(HookedDirectory.Hook hook) throws IOException {
    return Store.open(new HookedDirectory(disk.asProcess("hooked"), hook), environment);
  }

  /** Does something in a new process. */
  void run(Work work) throws IOException {
    try (Store store = open()) {
      work.run(store);
    }
  }

  /** The directory as a person sees it. */
  MemoryDirectory disk() {
    return disk;
  }

  /** Returns a chain's directory as a person sees it. */
  MemoryDirectory directory(String chain) throws IOException {
    return disk.openDirectory("chains").openDirectory(chain);
  }

  /** Opens a chain in a process of its own. */
  Chain chain(String name) throws IOException {
    return open().open(name);
  }

  /**
   * Lets a process work until its n-th change of the disk, which fails.
   *
   * @return whether it came to its end before
   */
  boolean survives(Failure failure, long n, Work work) throws IOException {
    MemoryDirectory process = disk.asProcess(failure + " at " + n);
    long[] left = {n};
    HookedDirectory.Hook hook =
        (call, path) -> {
          if (call.isMutating() && --left[0] == 0) {
            if (failure == Failure.DEATH) {
              process.killProcess();
            }
            throw new IOException(path + ": " + call + " was to fail");
          }
        };
    try (Store store = Store.open(new HookedDirectory(process, hook), environment)) {
      work.run(store);
      return left[0] > 0;
    } catch (IOException | UncheckedIOException e) {
      if (left[0] > 0) {
        throw e;
      }
      return false;
    } finally {
      process.killProcess();
    }
  }

  /** Reads a file of a chain. */
  byte[] read(String chain, String file) throws IOException {
    try (StoreInput in = directory(chain).open(file)) {
      byte[] bytes = new byte[Math.toIntExact(in.length())];
      in.read(0, MemorySegment.ofArray(bytes));
      return bytes;
    }
  }

  /** Puts bytes in the place of a file of a chain, as a person would. */
  void write(String chain, String file, byte[] bytes) throws IOException {
    MemoryDirectory directory = directory(chain);
    if (directory.exists(file)) {
      directory.delete(file);
    }
    try (StoreOutput out = directory.create(file)) {
      out.write(0, MemorySegment.ofArray(bytes));
    }
  }

  /** Returns all files of a chain, but not what lies in directories of it. */
  Map<String, byte[]> save(String chain) throws IOException {
    Map<String, byte[]> files = new TreeMap<>();
    for (String file : directory(chain).list()) {
      if (!file.equals("damaged")) {
        files.put(file, read(chain, file));
      }
    }
    return files;
  }

  /** Makes a chain of files that were saved, perhaps from another store. */
  void load(String chain, Map<String, byte[]> files) throws IOException {
    MemoryDirectory directory = disk.openDirectory("chains").makeDirectory(chain);
    for (Map.Entry<String, byte[]> file : files.entrySet()) {
      try (StoreOutput out = directory.create(file.getKey())) {
        out.write(0, MemorySegment.ofArray(file.getValue()));
      }
    }
  }

  /** Returns what lies in {@code chains/} whose name begins with a dot. */
  List<String> stages() throws IOException {
    return disk.openDirectory("chains").list().stream().filter(n -> n.startsWith(".")).toList();
  }
}
