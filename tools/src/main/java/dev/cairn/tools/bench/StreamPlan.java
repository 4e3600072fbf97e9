package dev.cairn.tools.bench;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What the bench about streams measures. Immutable.
 *
 * @param streams numbers of streams, in the order in which they are measured
 * @param links by their words
 * @param seconds for each, or empty for what is usual
 */
public record StreamPlan(List<Integer> streams, List<Link> links, Optional<Integer> seconds) {
  private static final int MOST_STREAMS = 32;
  private static final int MOST_SECONDS = 600;

  /** A way between two processes. */
  public enum Link {
    TCP("tcp"),
    TLS("tls"),
    UNIX("unix"),
    RSOCKET("rsocket"),
    RDMA("rdma");

    private final String word;

    Link(String word) {
      this.word = word;
    }

    String word() {
      return word;
    }

    /** Says why it cannot be measured on this machine; empty if it can. */
    Optional<String> missing() throws IOException {
      return switch (this) {
        case TCP, TLS, UNIX -> Optional.empty();
        case RSOCKET -> RsocketLibrary.missing();
        case RDMA ->
            RdmaAddress.find().isPresent()
                ? Optional.empty()
                : Optional.of("not measured: no RDMA device with an address (rdma link)");
      };
    }
  }

  /** That of the users' own comparison. */
  public static final StreamPlan STANDARD =
      new StreamPlan(List.of(1, 2, 4, 8), List.of(Link.values()), Optional.empty());

  public StreamPlan {
    streams = List.copyOf(streams);
    links = List.copyOf(links);
  }

  /**
   * Returns the same with other numbers of streams.
   *
   * @param text such as {@code 1,2,4,8}
   * @throws IllegalArgumentException if it is none; says what was expected
   */
  public StreamPlan withStreams(String text) {
    List<Integer> numbers =
        words(text).map(word -> number(word, MOST_STREAMS)).distinct().sorted().toList();
    return new StreamPlan(numbers, links, seconds);
  }

  /** As {@link #withStreams}, of links: {@code tcp,unix}. */
  public StreamPlan withLinks(String text) {
    return new StreamPlan(streams, words(text).map(StreamPlan::link).distinct().toList(), seconds);
  }

  /** As {@link #withStreams}, of the time for each. */
  public StreamPlan withSeconds(int time) {
    if (time < 1 || time > MOST_SECONDS) {
      throw new IllegalArgumentException(time + ": expected seconds from 1 to " + MOST_SECONDS);
    }
    return new StreamPlan(streams, links, Optional.of(time));
  }

  private static Stream<String> words(String text) {
    return Arrays.stream(text.split(",", -1)).map(String::strip);
  }

  private static int number(String word, int most) {
    boolean digits = word.matches("[0-9]{1,3}");
    int number = digits ? Integer.parseInt(word) : 0;
    if (number < 1 || number > most) {
      throw new IllegalArgumentException(
          word + ": expected numbers of streams from 1 to " + most + ", such as 1,2,4,8");
    }
    return number;
  }

  private static Link link(String word) {
    return Arrays.stream(Link.values())
        .filter(link -> link.word.equals(word))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    word + ": expected some of tcp,tls,unix,rsocket,rdma"));
  }
}
