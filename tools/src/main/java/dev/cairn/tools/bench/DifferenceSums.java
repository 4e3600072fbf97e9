package dev.cairn.tools.bench;

import dev.cairn.tools.bench.DifferenceCodec.Way;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Adds up what versions of pages take, by codec, and by how many of their bytes differ from the
 * version below. What has nothing below it counts apart; so does what is equal to it, which takes
 * no codec but a look before it is stored. Not thread-safe.
 */
final class DifferenceSums {
  /** Versions that differ from what is below in about as many bytes. */
  static final class Group {
    private final int below;
    private long versions;
    private long zstdBytes;
    private long xorBytes;

    private Group(int below) {
      this.below = below;
    }

    /** Returns a number that those in it differ in fewer bytes than. */
    int below() {
      return below;
    }

    long versions() {
      return versions;
    }

    long zstdBytes() {
      return zstdBytes;
    }

    /** Returns what they take as XOR with the version below, or whole where that saves little. */
    long xorBytes() {
      return xorBytes;
    }
  }

  /** How far below a whole version may lie. */
  private static final List<Integer> DISTANCES = List.of(1, 8, 64);

  private final DifferenceCodec codec;
  private final List<Group> groups;
  private final List<DifferenceMix> mixes = new ArrayList<>();
  private final byte[] zero;
  private final DifferenceMix stepByStep;
  private byte @Nullable [] below;
  private long versions;
  private long zeros;
  private long zeroBases;
  private long equal;
  private long equalZstdBytes;
  private long lz4Bytes;
  private long zstdBytes;
  private long firsts;
  private long firstZstdBytes;

  DifferenceSums(DifferenceCodec codec) {
    this.codec = codec;
    int all = codec.pageSize() + 1;
    groups = List.of(new Group(64), new Group(256), new Group(1024), new Group(all));
    stepByStep = new DifferenceMix(codec, Way.XOR, DifferenceMix.UNBOUNDED);
    for (Way way : Way.values()) {
      for (int distance : DISTANCES) {
        mixes.add(new DifferenceMix(codec, way, distance));
      }
      if (way == Way.XOR) {
        mixes.add(stepByStep);
      } else {
        mixes.add(new DifferenceMix(codec, way, DifferenceMix.UNBOUNDED));
      }
    }
    zero = new byte[codec.pageSize()];
  }

  /** Begins with another page. */
  void begin() {
    below = null;
    mixes.forEach(DifferenceMix::begin);
  }

  /** Takes the page's next version: zeros, of which no file has a frame. */
  void addZero() {
    zeros += below == null ? 0 : 1;
    below = zero;
    mixes.forEach(DifferenceMix::addZero);
  }

  /**
   * Takes the page's next version.
   *
   * @param content not to be changed afterwards
   */
  void add(byte[] content) {
    byte[] older = below;
    below = content;
    int whole = codec.zstd(content);
    if (older == null) {
      firsts++;
      firstZstdBytes += whole;
      mixes.forEach(mix -> mix.first(content));
      return;
    }
    int changed = changed(older, content);
    if (changed == 0) {
      equal++;
      equalZstdBytes += whole;
      return;
    }
    versions++;
    zeroBases += older == zero ? 1 : 0;
    lz4Bytes += codec.lz4(content);
    zstdBytes += whole;
    Group group = groups.stream().filter(g -> changed < g.below).findFirst().orElseThrow();
    group.versions++;
    group.zstdBytes += whole;
    for (DifferenceMix mix : mixes) {
      int stored = mix.add(content, whole);
      group.xorBytes += mix == stepByStep ? stored : 0;
    }
  }

  /** Counts the bytes in which two pages differ. */
  static int changed(byte[] a, byte[] b) {
    int count = 0;
    for (int i = Arrays.mismatch(a, b); i >= 0 && i < a.length; i++) {
      count += a[i] == b[i] ? 0 : 1;
    }
    return count;
  }

  /** Returns how many versions have another one below that differs, and are not zero. */
  long versions() {
    return versions;
  }

  /** Returns how many versions are zero and have another one below. */
  long zeros() {
    return zeros;
  }

  /** Returns how many of {@link #versions} are above a zero one, of which none is a difference. */
  long zeroBases() {
    return zeroBases;
  }

  /** Returns how many further versions are equal to the one below. */
  long equal() {
    return equal;
  }

  /** Returns what these take by zstd. */
  long equalZstdBytes() {
    return equalZstdBytes;
  }

  /** Returns what {@link #versions} take as they are in memory. */
  long plainBytes() {
    return versions * codec.pageSize();
  }

  long lz4Bytes() {
    return lz4Bytes;
  }

  long zstdBytes() {
    return zstdBytes;
  }

  /** Returns how many versions have nothing below. */
  long firsts() {
    return firsts;
  }

  /** Returns what these take by zstd; differences save nothing of it. */
  long firstZstdBytes() {
    return firstZstdBytes;
  }

  /** Returns them from few changed bytes to many. */
  List<Group> groups() {
    return groups;
  }

  List<DifferenceMix> mixes() {
    return List.copyOf(mixes);
  }
}
