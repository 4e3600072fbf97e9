package dev.cairn.chain;

import dev.cairn.chain.manifest.Manifest;
import dev.cairn.store.BadInputException;
import dev.cairn.store.BusyException;
import dev.cairn.store.CorruptFileException;
import dev.cairn.store.Id;
import dev.cairn.store.NoSuchPointException;
import dev.cairn.store.io.FileSystemDirectory;
import dev.cairn.store.io.StoreDirectory;
import dev.cairn.store.io.StoreInput;
import dev.cairn.store.io.StoreOutput;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A store: chains in a directory. Thread-safe. */
public final class Store implements Closeable {
  private static final String STORE = "STORE";
  private static final String CHAINS = "chains";
  private static final String CATALOG = "catalog";
  private static final String STORE_TMP = "STORE.tmp";

  private final StoreDirectory root;
  private final Environment environment;
  private final Id id;

  private Store(StoreDirectory root, Environment environment, Id id) {
    this.root = root;
    this.environment = environment;
    this.id = id;
  }

  /**
   * Makes a store in an empty directory, or in one that an attempt before has begun; the store owns
   * the directory from then on.
   *
   * @throws BadInputException if something else is there already
   */
  public static Store create(StoreDirectory root, Environment environment) throws IOException {
    if (root.exists(STORE)) {
      throw new BadInputException(root.path() + " is a store already; see: cairn list");
    }
    for (String name : root.list()) {
      if (!isLeftOver(root, name)) {
        throw new BadInputException(root.path() + ": expected an empty directory, found " + name);
      }
    }
    Id id = Id.random(environment.random());
    root.makeDirectory(CHAINS).close();
    deleteTemporary(root);
    try (StoreOutput out = root.create(STORE_TMP)) {
      out.write(0, MemorySegment.ofArray(StoreText.encode(id)));
      out.sync();
      root.rename(STORE_TMP, STORE);
    } finally {
      deleteTemporary(root);
    }
    root.sync();
    return new Store(root, environment, id);
  }

  /** Tells whether something is what a process that died while it made a store has left. */
  private static boolean isLeftOver(StoreDirectory root, String name) throws IOException {
    if (name.equals(STORE_TMP)) {
      return !root.ownerIsAlive(name);
    }
    if (!name.equals(CHAINS)) {
      return false;
    }
    try (StoreDirectory chains = root.openDirectory(name)) {
      return chains.list().isEmpty();
    }
  }

  private static void deleteTemporary(StoreDirectory root) throws IOException {
    if (root.exists(STORE_TMP)) {
      root.delete(STORE_TMP);
    }
  }

  /**
   * Opens a store; it owns the directory from then on.
   *
   * @throws NoSuchPointException if there is none
   * @throws CorruptFileException if its file STORE is not what it was, or gone though there are
   *     chains
   */
  public static Store open(StoreDirectory root, Environment environment) throws IOException {
    String file = root.path() + "/" + STORE;
    try (StoreInput in = root.open(STORE)) {
      byte[] bytes = new byte[(int) Math.min(in.length(), StoreText.MOST_BYTES)];
      in.read(0, MemorySegment.ofArray(bytes));
      return new Store(root, environment, StoreText.decode(file, bytes));
    } catch (NoSuchFileException e) {
      if (hasChains(root)) {
        throw new CorruptFileException(
            file,
            "file",
            0,
            "one, as there are chains beside it",
            "no such file; one of a backup or of any other store will do: it has an id only");
      }
      throw new NoSuchPointException(
          root.path() + " is no store; make one: cairn --store " + root.path() + " init");
    }
  }

  private static boolean hasChains(StoreDirectory root) throws IOException {
    try (StoreDirectory chains = root.openDirectory(CHAINS)) {
      return !chainNames(chains).isEmpty();
    } catch (NoSuchFileException | NotDirectoryException _) {
      return false;
    }
  }

  public Id id() {
    return id;
  }

  /** Returns where the store is, for people. */
  public String path() {
    return root.path();
  }

  /**
   * Returns the names of all chains, sorted. One that lost its manifest is among them: to open it
   * tells of the damage.
   */
  public List<String> chainNames() throws IOException {
    try (StoreDirectory chains = root.openDirectory(CHAINS)) {
      return chainNames(chains);
    }
  }

  private static List<String> chainNames(StoreDirectory chains) throws IOException {
    List<String> names = new ArrayList<>();
    for (String name : chains.list()) {
      if (ChainName.isSound(name) && isChain(chains, name)) {
        names.add(name);
      }
    }
    return names;
  }

  /**
   * Returns what has a chain's name but is no directory, sorted by name: a chain may have been
   * there, and all of it be somewhere else now. Nobody follows a symbolic link.
   */
  public List<CorruptFileException> strangers() throws IOException {
    List<CorruptFileException> strangers = new ArrayList<>();
    try (StoreDirectory chains = root.openDirectory(CHAINS)) {
      for (String name : chains.list()) {
        if (ChainName.isSound(name) && isStranger(chains, name)) {
          strangers.add(
              new CorruptFileException(
                  chains.path() + "/" + name,
                  "chain",
                  0,
                  "a directory",
                  "a file, a symbolic link or the like"));
        }
      }
    }
    return strangers;
  }

  private static boolean isStranger(StoreDirectory chains, String name) throws IOException {
    try (StoreDirectory _ = chains.openDirectory(name)) {
      return false;
    } catch (NotDirectoryException _) {
      return true;
    } catch (NoSuchFileException _) {
      return false; // removed meanwhile
    }
  }

  /** A directory without a manifest and without files of a chain is one being made, or empty. */
  private static boolean isChain(StoreDirectory chains, String name) throws IOException {
    try (StoreDirectory directory = chains.openDirectory(name)) {
      return directory.list().stream().anyMatch(ManifestFile::isOfChain);
    } catch (NotDirectoryException | NoSuchFileException _) {
      return false; // somebody's own file, or a chain that was removed meanwhile
    }
  }

  /**
   * Opens a chain. The caller closes it.
   *
   * @throws NoSuchPointException if there is none of that name
   */
  public Chain open(String name) throws IOException {
    return open(name, Chain::open);
  }

  /**
   * Opens a chain to verify or repair it: where its MANIFEST is lost, by its spare. The caller
   * closes it.
   *
   * @throws NoSuchPointException if there is none of that name
   */
  public Chain openDamaged(String name) throws IOException {
    return open(name, Chain::openDamaged);
  }

  /** How a chain is opened. */
  @FunctionalInterface
  private interface Opener {
    Chain open(String name, StoreDirectory directory, Environment environment) throws IOException;
  }

  private Chain open(String name, Opener opener) throws IOException {
    ChainName.check(name);
    try (StoreDirectory chains = root.openDirectory(CHAINS)) {
      return opener.open(name, chains.openDirectory(name), environment);
    } catch (NoSuchFileException e) {
      throw new NoSuchPointException(
          "there is no chain " + name + " in " + root.path() + "; see: cairn list");
    }
  }

  /**
   * Makes an empty chain. The caller closes it.
   *
   * @throws BusyException if it exists
   */
  public Chain create(String name, int pageSize) throws IOException {
    return create(name, Id.random(environment.random()), pageSize);
  }

  /**
   * Makes an empty chain that is to become a copy of one elsewhere. The caller closes it.
   *
   * @param chain the id of that chain
   * @throws BusyException if it exists
   */
  public Chain create(String name, Id chain, int pageSize) throws IOException {
    Manifest first = Manifest.empty(chain, pageSize);
    make(name, _ -> first);
    return open(name);
  }

  /**
   * Takes a chain away that is as {@link #create} made it: no point, and nobody who writes one.
   *
   * @param chain id of the very chain; another one of that name stays
   * @return whether it is gone
   */
  public boolean removeUnused(String name, Id chain) throws IOException {
    ChainName.check(name);
    try (StoreDirectory chains = root.openDirectory(CHAINS)) {
      return new ChainMaker(root, chains, environment).unmake(name, chain);
    }
  }

  /**
   * Makes a chain that shares the files of another one up to a point.
   *
   * @throws BusyException if the new chain exists
   */
  public Manifest fork(Chain source, long point, String name) throws IOException {
    return make(name, stage -> new Forker(source, environment).fill(point, stage));
  }

  /**
   * Copies a chain of another store into this one, or brings its copy here forward.
   *
   * @return how many files were copied
   * @throws BusyException if a chain of that name is here that is not an older state of the source
   */
  public int copy(ChainSnapshot source, String name, Progress progress) throws IOException {
    ChainCopier copier = new ChainCopier(source, progress);
    if (chainNames().contains(name)) {
      try (Chain target = open(name)) {
        return copier.forward(target);
      }
    }
    return make(name, copier::fill).files().size();
  }

  private Manifest make(String name, ChainMaker.Filler filler) throws IOException {
    ChainName.check(name);
    try (StoreDirectory chains = root.openDirectory(CHAINS)) {
      return new ChainMaker(root, chains, environment).make(name, filler);
    }
  }

  /**
   * Returns the directory of the catalog, making it if it is not there. The caller closes it.
   *
   * @return empty if the store is not in a file system: RocksDB asks for a path
   */
  public Optional<StoreDirectory> makeCatalogDirectory() throws IOException {
    return root instanceof FileSystemDirectory
        ? Optional.of(root.makeDirectory(CATALOG))
        : Optional.empty();
  }

  /**
   * Returns the directory of the catalog. The caller closes it.
   *
   * @return empty if the store is not in a file system
   * @throws NoSuchFileException if there is none
   */
  public Optional<StoreDirectory> openCatalogDirectory() throws IOException {
    return root instanceof FileSystemDirectory
        ? Optional.of(root.openDirectory(CATALOG))
        : Optional.empty();
  }

  @Override
  public void close() throws IOException {
    root.close();
  }
}
