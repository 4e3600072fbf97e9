package dev.cairn.chain;

import dev.cairn.chain.manifest.Manifest;
import dev.cairn.store.BusyException;
import dev.cairn.store.io.StoreDirectory;
import dev.cairn.store.io.StoreLock;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.time.Duration;
import java.util.HexFormat;

/**
 * Makes the directory of a new chain: beside its name, and gives it the name when it is whole and
 * durable. Takes away what processes that died at it have left. Not thread-safe.
 */
final class ChainMaker {
  /** Fills the directory. */
  @FunctionalInterface
  interface Filler {
    /**
     * Puts files into the directory and syncs it.
     *
     * @return the first manifest
     */
    Manifest fill(StoreDirectory stage) throws IOException;
  }

  private static final String STORE_LOCK = "STORE.lock";

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
    String stageName =
        "." + name + "-" + HexFormat.of().toHexDigits(environment.random().nextInt());
    boolean done = false;
    try (Stage stage = open(name, stageName)) {
      try {
        Manifest manifest = filler.fill(stage.directory);
        Chain.publish(stage.directory, manifest);
        chains.renameDirectory(stageName, name);
        done = true;
        chains.sync();
        return manifest;
      } catch (FileAlreadyExistsException e) {
        throw thereAlready(name);
      } finally {
        if (!done) {
          delete(stageName, stage.directory);
        }
      }
    }
  }

  private static BusyException thereAlready(String name) {
    return new BusyException("chain " + name + " is there already");
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
        // One that lost its manifest is no free name: this says so.
        Chain.open(name, chains.openDirectory(name), environment).close();
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

  /** Deletes the directories of dead processes; the caller holds STORE.lock. */
  private void sweep() throws IOException {
    for (String name : chains.list()) {
      if (name.startsWith(".")) {
        try (StoreDirectory stage = chains.openDirectory(name);
            StoreLock _ = stage.lock(Chain.LOCK, Duration.ZERO)) {
          delete(name, stage);
        } catch (BusyException _) {
          // somebody is at it
        }
      }
    }
  }

  private void delete(String name, StoreDirectory stage) throws IOException {
    for (String file : stage.list()) {
      stage.delete(file);
    }
    chains.deleteDirectory(name);
  }
}
