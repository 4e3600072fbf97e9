package dev.cairn.chain;

import dev.cairn.chain.manifest.Manifest;
import dev.cairn.store.BadInputException;
import dev.cairn.store.BusyException;
import dev.cairn.store.Id;
import dev.cairn.store.NoSuchPointException;
import dev.cairn.store.io.StoreDirectory;
import dev.cairn.store.io.StoreLock;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * Makes the directory of a new chain: beside its name, and gives it the name when it is whole and
 * durable. Takes away what processes that died at it have left, and a chain that was never used.
 * Not thread-safe.
 */
final class ChainMaker {
  /** Fills the directory. */
  @FunctionalInterface
  interface Filler {
    /**
     * Puts synced files into the directory; their names are synced with the manifest's.
     *
     * @return the first manifest
     */
    Manifest fill(StoreDirectory stage) throws IOException;
  }

  private static final String STORE_LOCK = "STORE.lock";

  /** Nothing else is ever swept, whatever people put beside the chains. */
  private static final Pattern STAGE =
      Pattern.compile("\\.[A-Za-z0-9][A-Za-z0-9._-]{0,63}-[0-9a-f]{8}");

  private final StoreDirectory root;
  private final StoreDirectory chains;
  private final Environment environment;

  /**
   * @param root the store
   * @param chains the directory of its chains
   */
  ChainMaker(StoreDirectory root, StoreDirectory chains, Environment environment) {
    this.root = root;
    this.chains = chains;
    this.environment = environment;
  }

  /**
   * Makes a chain.
   *
   * @throws BusyException if one of that name is there
   */
  Manifest make(String name, Filler filler) throws IOException {
    String stageName = stageName(name);
    try (Stage stage = open(name, stageName)) {
      Manifest manifest;
      try {
        manifest = filler.fill(stage.directory);
        new ManifestFile(stage.directory).publish(manifest);
        rename(stageName, name);
      } catch (IOException | RuntimeException e) {
        discard(stageName, stage.directory, e);
        throw e;
      }
      chains.sync();
      return manifest;
    }
  }

  private String stageName(String name) {
    return "." + name + "-" + HexFormat.of().toHexDigits(environment.random().nextInt());
  }

  /**
   * Takes a chain away that is as it was made, with nobody who writes into it: it becomes what a
   * maker who died leaves, durably, and then that is deleted.
   *
   * @param id of the very chain
   * @return whether it is gone
   */
  boolean unmake(String name, Id id) throws IOException {
    try (StoreDirectory directory = chains.openDirectory(name)) {
      if (!isUnused(directory, id)) {
        return false; // most often so: no lock is taken
      }
      try (StoreLock _ = root.lock(STORE_LOCK, environment.patience());
          StoreLock _ = directory.lock(Chain.LOCK, environment.patience())) {
        if (!isUnused(directory, id) || isBeingWritten(directory)) {
          return false;
        }
        String stageName = stageName(name);
        chains.renameDirectory(name, stageName);
        chains.sync(); // else the name could come back, and its manifest not
        try (StoreDirectory stage = chains.openDirectory(stageName)) {
          delete(stageName, stage);
        }
        return true;
      }
    } catch (NoSuchFileException _) {
      return false; // somebody else was faster
    }
  }

  private static boolean isUnused(StoreDirectory directory, Id id) throws IOException {
    Manifest manifest = new ManifestFile(directory).read();
    return manifest.equals(Manifest.empty(id, manifest.pageSize()));
  }

  private static boolean isBeingWritten(StoreDirectory directory) throws IOException {
    if (Incoming.isUnderWay(directory)) {
      return true;
    }
    for (String file : directory.list()) {
      if (file.endsWith(".tmp") && directory.ownerIsAlive(file)) {
        return true;
      }
    }
    return false;
  }

  private void rename(String stageName, String name) throws IOException {
    try {
      chains.renameDirectory(stageName, name);
    } catch (FileAlreadyExistsException e) {
      throw thereAlready(name);
    }
  }

  private static BusyException thereAlready(String name) {
    return new BusyException(
        "chain " + name + " is there already; take another name, or see: cairn list " + name);
  }

  private record Stage(StoreDirectory directory, StoreLock lock) implements AutoCloseable {
    @Override
    public void close() throws IOException {
      lock.close();
      directory.close();
    }
  }

  private Stage open(String name, String stageName) throws IOException {
    try (StoreLock _ = root.lock(STORE_LOCK, environment.patience())) {
      if (chains.exists(name)) {
        requireChain(name);
        throw thereAlready(name);
      }
      sweep();
      StoreDirectory stage = chains.makeDirectory(stageName);
      try {
        return new Stage(stage, stage.lock(Chain.LOCK, Duration.ZERO));
      } catch (IOException e) {
        delete(stageName, stage);
        throw e;
      }
    }
  }

  /** One that lost its manifest is no free name, nor is what never was a chain. */
  private void requireChain(String name) throws IOException {
    try {
      Chain.open(name, chains.openDirectory(name), environment).close();
    } catch (NoSuchPointException e) {
      throw new BadInputException(
          chains.path() + "/" + name + " is there, but holds no chain; take it away");
    }
  }

  /** Takes an unfinished directory away; what hinders that is told with what came before. */
  private void discard(String stageName, StoreDirectory stage, Exception because) {
    try (StoreLock _ = root.lock(STORE_LOCK, environment.patience())) {
      delete(stageName, stage);
    } catch (IOException e) {
      because.addSuppressed(e); // the next who makes a chain sweeps it
    }
  }

  /** Deletes the directories of dead processes; the caller holds STORE.lock. */
  private void sweep() throws IOException {
    for (String name : chains.list()) {
      if (STAGE.matcher(name).matches()) {
        sweep(name);
      }
    }
  }

  /**
   * Whoever made the directory may rename it at any moment while he holds its LOCK: what still has
   * its name when we hold that lock will never be a chain.
   */
  private void sweep(String stageName) throws IOException {
    try (StoreDirectory stage = chains.openDirectory(stageName);
        StoreLock _ = stage.lock(Chain.LOCK, Duration.ZERO)) {
      if (chains.exists(stageName)) {
        delete(stageName, stage);
      }
    } catch (BusyException _) {
      // somebody is at it
    } catch (NoSuchFileException _) {
      // it has become a chain meanwhile
    }
  }

  private void delete(String stageName, StoreDirectory stage) throws IOException {
    for (String file : stage.list()) {
      if (file.equals(Incoming.DIRECTORY)) {
        deleteIncoming(stage);
      } else {
        stage.delete(file);
      }
    }
    chains.deleteDirectory(stageName);
  }

  private static void deleteIncoming(StoreDirectory stage) throws IOException {
    try (StoreDirectory incoming = stage.openDirectory(Incoming.DIRECTORY)) {
      for (String file : incoming.list()) {
        incoming.delete(file);
      }
    }
    stage.deleteDirectory(Incoming.DIRECTORY);
  }
}
