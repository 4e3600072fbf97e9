package dev.cairn.transport.wire;

import dev.cairn.store.RamLayout;
import dev.cairn.store.file.FrameCodec;
import java.util.Collections;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * What a side can do, as HELLO and WELCOME say it alike. Immutable.
 *
 * @param formats versions of store/FORMAT.md that it reads
 * @param manifests versions of chain/FORMAT.md that it reads
 * @param pageSizes bytes of a page that it takes, at least one
 * @param codecs of page frames that it reads, by their names
 * @param streams data links: wanted by a client, granted by a server
 * @param requests that it lets be outstanding on a link
 * @param features by name; what is in both may be used
 * @param software for messages only
 */
public record Abilities(
    VersionRange formats,
    VersionRange manifests,
    SortedSet<Integer> pageSizes,
    SortedSet<String> codecs,
    int streams,
    int requests,
    SortedSet<String> features,
    String software) {
  /** Stretches of files are read where they lie in the source's memory: of links over RDMA. */
  public static final String WINDOWS = "windows";

  public static final int MOST_STREAMS = 32;
  public static final int LEAST_REQUESTS = 8;
  public static final int MOST_REQUESTS = 256;

  public Abilities {
    pageSizes = Collections.unmodifiableSortedSet(new TreeSet<>(pageSizes));
    codecs = Collections.unmodifiableSortedSet(new TreeSet<>(codecs));
    features = Collections.unmodifiableSortedSet(new TreeSet<>(features));
    if (pageSizes.isEmpty() || codecs.isEmpty()) {
      throw new IllegalArgumentException("no page size, or no codec");
    }
    if (streams < 1 || streams > MOST_STREAMS) {
      throw new IllegalArgumentException(streams + " streams");
    }
    if (requests < LEAST_REQUESTS || requests > MOST_REQUESTS) {
      throw new IllegalArgumentException(requests + " requests");
    }
  }

  /**
   * Returns what this Cairn can do.
   *
   * @param software for messages
   */
  public static Abilities standard(int streams, String software) {
    TreeSet<Integer> pageSizes = new TreeSet<>();
    for (int bytes = 1; bytes <= 1 << 20; bytes *= 2) {
      if (RamLayout.isPageSize(bytes)) {
        pageSizes.add(bytes);
      }
    }
    return new Abilities(
        new VersionRange(1, 1),
        new VersionRange(1, 1),
        pageSizes,
        new TreeSet<>(Stream.of(FrameCodec.values()).map(FrameCodec::text).toList()),
        streams,
        MOST_REQUESTS,
        new TreeSet<>(),
        software);
  }

  /** Returns the same with another number of data links. */
  public Abilities withStreams(int number) {
    return new Abilities(
        formats, manifests, pageSizes, codecs, number, requests, features, software);
  }

  /** Returns the same with one feature more. */
  public Abilities withFeature(String feature) {
    SortedSet<String> more = new TreeSet<>(features);
    more.add(feature);
    return new Abilities(formats, manifests, pageSizes, codecs, streams, requests, more, software);
  }
}
