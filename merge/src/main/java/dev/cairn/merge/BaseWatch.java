package dev.cairn.merge;

import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.merge.policy.BasePolicy;
import dev.cairn.merge.policy.BaseUse;
import dev.cairn.store.file.Directory;
import dev.cairn.store.file.OpenFile;
import dev.cairn.store.file.Region;
import dev.cairn.store.file.Versions;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Asks the base policy whether a chain's base image is to move. Counting reads the index of the
 * base, so it remembers what was counted last. Not thread-safe.
 */
final class BaseWatch {
  private static final int MASK_WORDS = Versions.REGION_PAGES / Long.SIZE;

  /** All that an answer depends on: files never change, but a repair may cap them. Immutable. */
  private record Question(long oldest, FileEntry base, List<FileEntry> layers) {}

  /** A layer, and up to which checkpoint its versions count. */
  private record Newer(OpenFile file, long last) {}

  private final BasePolicy policy;
  private Optional<Question> stays = Optional.empty();
  private long counted;

  BaseWatch(BasePolicy policy) {
    this.policy = policy;
  }

  /** Returns how often it had to read indexes. */
  long counted() {
    return counted;
  }

  /** Tells whether the base image is to move. */
  boolean isDue(ChainSnapshot snapshot) throws IOException {
    FileEntry base = snapshot.manifest().base().orElseThrow();
    long oldest = snapshot.points().firstKey();
    if (oldest <= base.through()) {
      return false;
    }
    List<FileEntry> layers =
        snapshot.manifest().layers().stream().filter(l -> l.name().first() <= oldest).toList();
    Question question = new Question(oldest, base, layers);
    if (stays.equals(Optional.of(question))) {
      return false;
    }
    List<Newer> newer = new ArrayList<>();
    for (FileEntry layer : layers) {
      newer.add(new Newer(snapshot.file(layer), Math.min(oldest, layer.through())));
    }
    boolean due = new Count(snapshot.file(base), newer, oldest).isDue();
    stays = due ? Optional.empty() : Optional.of(question);
    return due;
  }

  /** Counts the base's pages that a layer has a newer version of, at or below a point. */
  private final class Count {
    private final OpenFile base;
    private final List<Newer> layers;
    private final long oldest;
    private final long checkpoint;
    private final long pages;
    private final long[] present = new long[MASK_WORDS];
    private final long[] newer = new long[MASK_WORDS];

    Count(OpenFile base, List<Newer> layers, long oldest) {
      this.base = base;
      this.layers = layers;
      this.oldest = oldest;
      checkpoint = base.header().name().last();
      pages = base.directory().pageCount();
    }

    private boolean isDue(long unseen) {
      return policy.moveTo(new BaseUse(checkpoint, pages, unseen, oldest)).isPresent();
    }

    /** Counts as far as the answer depends on it. */
    boolean isDue() throws IOException {
      Directory directory = base.directory();
      long[] most = new long[directory.size()];
      long left = 0;
      for (int i = 0; i < most.length; i++) {
        most[i] = most(i);
        left += most[i];
      }
      long unseen = 0;
      boolean reads = isDue(left);
      counted += reads ? 1 : 0;
      for (int i = 0; i < most.length && isDue(unseen + left) && !isDue(unseen); i++) {
        left -= most[i];
        unseen += most[i] == 0 ? 0 : unseen(i);
      }
      return isDue(unseen);
    }

    /** Returns the pages of a region that are unseen at most, by directories alone. */
    private long most(int number) {
      long newerPages = 0;
      for (Newer layer : layers) {
        Directory directory = layer.file.directory();
        long key = base.directory().key(number);
        for (int i = directory.ceiling(key); isOf(directory, i, key); i++) {
          newerPages += directory.entry(i).pages();
        }
      }
      return Math.min(base.directory().entry(number).pages(), newerPages);
    }

    private long unseen(int number) throws IOException {
      Arrays.fill(newer, 0);
      long key = base.directory().key(number);
      for (Newer layer : layers) {
        Directory directory = layer.file.directory();
        for (int i = directory.ceiling(key); isOf(directory, i, key); i++) {
          addNewer(layer.file.region(i), layer.last);
        }
      }
      Arrays.fill(present, 0);
      Region region = base.region(number);
      for (int rank = 0; rank < region.pageCount(); rank++) {
        present[region.page(rank) / Long.SIZE] |= 1L << region.page(rank);
      }
      long unseen = 0;
      for (int i = 0; i < MASK_WORDS; i++) {
        unseen += Long.bitCount(present[i] & newer[i]);
      }
      return unseen;
    }

    /** A layer that reaches below the base has versions there that the base has swallowed. */
    private void addNewer(Region region, long last) {
      for (int rank = 0; rank < region.pageCount(); rank++) {
        int version = region.lastVersion(rank, last);
        if (version != Region.ABSENT && region.checkpoint(version) > checkpoint) {
          newer[region.page(rank) / Long.SIZE] |= 1L << region.page(rank);
        }
      }
    }

    private static boolean isOf(Directory directory, int entry, long key) {
      return entry < directory.size() && Directory.regionOf(directory.key(entry)) == key;
    }
  }
}
