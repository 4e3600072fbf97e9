package dev.cairn.merge;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cairn.chain.Chain;
import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.Checkpointer;
import dev.cairn.chain.Finding;
import dev.cairn.chain.Progress;
import dev.cairn.chain.Verifier;
import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.store.DeviceSection;
import dev.cairn.store.DeviceState;
import dev.cairn.store.file.FileName;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Consumer;

/** What a chain ought to say at each checkpoint: the plain model that tests compare it with. */
final class History {
  private static final int WRITES = 20;

  private final NavigableMap<Long, MemoryImage> images = new TreeMap<>();
  private final Random random;

  History(long seed) {
    random = new Random(seed);
  }

  /** Returns what a fork, or a copy, at a point has of this. */
  History upTo(long point) {
    History copy = new History(point);
    copy.images.putAll(images.headMap(point, true));
    return copy;
  }

  MemoryImage image(long checkpoint) {
    return Objects.requireNonNull(images.get(checkpoint), () -> "nobody wrote " + checkpoint);
  }

  /** Writes a checkpoint over the chain's tip, with some random pages changed. */
  long checkpoint(Chain chain, Checkpointer.Options options, long pages) throws IOException {
    return checkpoint(
        chain,
        options,
        pages,
        image -> {
          for (int i = 0; i < WRITES; i++) {
            byte value = random.nextInt(4) == 0 ? 0 : (byte) random.nextInt();
            image.fill(random.nextLong(pages), value);
          }
        });
  }

  long checkpoint(Chain chain, long pages) throws IOException {
    return checkpoint(chain, Checkpointer.Options.DEFAULT, pages);
  }

  /** Writes a checkpoint over the chain's tip, with what the caller changes. */
  long checkpoint(Chain chain, long pages, Consumer<MemoryImage> change) throws IOException {
    return checkpoint(chain, Checkpointer.Options.DEFAULT, pages, change);
  }

  long checkpoint(
      Chain chain, Checkpointer.Options options, long pages, Consumer<MemoryImage> change)
      throws IOException {
    MemoryImage image =
        chain
            .manifest()
            .tip()
            .map(tip -> image(tip.number()).resized(pages))
            .orElseGet(() -> new MemoryImage(pages));
    change.accept(image);
    long next = chain.manifest().next();
    image.setState(
        new DeviceState(
            List.of(
                new DeviceSection("same", 1, new byte[5000]),
                new DeviceSection("tick", 1, new byte[] {(byte) next}))));
    long number =
        new Checkpointer(chain).checkpoint(image, options, Progress.NONE).point().checkpoint();
    assertEquals(next, number);
    images.put(number, image);
    return number;
  }

  /** Compares every point that a chain retains, and returns their numbers. */
  List<Long> assertExact(Chain chain) throws IOException {
    try (ChainSnapshot snapshot = chain.snapshot()) {
      for (long n : snapshot.points().keySet()) {
        image(n).assertSame(snapshot.view(n), chain.name() + "@" + n);
      }
      return List.copyOf(snapshot.points().keySet());
    }
  }

  /** The same, and verifies that the chain is clean. */
  List<Long> assertClean(Chain chain) throws IOException {
    assertEquals(List.of(), findings(chain));
    return assertExact(chain);
  }

  /** Returns the names of the files that a chain's manifest names. */
  static List<FileName> files(Chain chain) throws IOException {
    return chain.manifest().files().stream().map(FileEntry::name).toList();
  }

  static List<Finding> findings(Chain chain) throws IOException {
    List<Finding> findings = new ArrayList<>();
    new Verifier(chain, findings::add, 1, new Random(1)).run();
    return findings;
  }

  /** Merges a run of layers. */
  static void merge(Chain chain, int from, int to) throws IOException {
    try (ChainSnapshot snapshot = chain.snapshot()) {
      List<FileEntry> run = snapshot.manifest().layers().subList(from, to);
      new LayerMerger(chain).merge(snapshot, run);
    }
  }
}
