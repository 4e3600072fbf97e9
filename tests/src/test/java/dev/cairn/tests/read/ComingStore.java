package dev.cairn.tests.read;

import dev.cairn.chain.Chain;
import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.Environment;
import dev.cairn.chain.Incoming;
import dev.cairn.chain.Progress;
import dev.cairn.chain.Store;
import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.chain.manifest.IncomingState;
import dev.cairn.chain.manifest.Manifest;
import dev.cairn.store.io.FileSystemDirectory;
import dev.cairn.store.io.FileSystemOptions;
import dev.cairn.tests.Cli;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A store into which the newest point of a chain of another store is coming, and the owner of its
 * pull. Nothing is fetched: the owner answers out of the other store. Not thread-safe.
 */
public final class ComingStore implements AutoCloseable {
  private static final String CHAIN = "vm";

  private final Path path;
  private final Store whole;
  private final Chain chain;
  private final ChainSnapshot snapshot;
  private final FakeOwner owner;

  /**
   * Makes a store beside one with a chain {@code vm}.
   *
   * @param complete that store
   */
  public ComingStore(Path complete) throws IOException {
    path = complete.resolveSibling("coming");
    whole = open(complete);
    chain = whole.open(CHAIN);
    snapshot = chain.snapshot();
    Manifest manifest = snapshot.manifest();
    long point = snapshot.points().lastKey();
    new Cli(path).run(0, "init");
    try (Store store = open(path);
        Chain empty = store.create(CHAIN, manifest.identity().chain(), manifest.pageSize());
        Incoming incoming = Incoming.open(empty)) {
      incoming.ask(false, List.of(new IncomingState.Source("t", "unix:/nowhere")));
      incoming.accept(IncomingState.Coming.of(asItComes(manifest)), Optional.empty());
    }
    owner =
        new FakeOwner(
            snapshot.view(point),
            CHAIN,
            manifest.identity().chain(),
            path.resolve("run").resolve(CHAIN + ".sock"));
  }

  private static Store open(Path path) throws IOException {
    return Store.open(
        FileSystemDirectory.open(path, FileSystemOptions.standard()),
        new Environment(Clock.systemUTC(), new SecureRandom(), Duration.ofSeconds(5)));
  }

  private static Manifest asItComes(Manifest manifest) {
    List<FileEntry> files =
        manifest.files().stream()
            .map(
                f ->
                    new FileEntry(
                        f.role(), f.name(), f.through(), f.throughId(), 0, f.length(), f.sha()))
            .toList();
    return manifest.withFiles(files).withMarks(Manifest.Marks.NONE).withGeneration(0);
  }

  /** Returns where the store is. */
  public Path path() {
    return path;
  }

  /** Returns the command line on it. */
  public Cli cli() {
    return new Cli(path);
  }

  public FakeOwner owner() {
    return owner;
  }

  /** Returns the number of the point that is coming. */
  public long point() throws IOException {
    return snapshot.points().lastKey();
  }

  /** All is here: the store has the chain. */
  public void commit() throws IOException {
    try (Store store = open(path)) {
      try (Chain empty = store.open(CHAIN)) {
        Incoming.abandon(empty);
      }
      store.copy(snapshot, CHAIN, Progress.NONE);
    }
  }

  @Override
  public void close() throws IOException {
    owner.close();
    snapshot.close();
    chain.close();
    whole.close();
  }
}
