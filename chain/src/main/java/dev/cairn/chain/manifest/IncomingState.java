package dev.cairn.chain.manifest;

import dev.cairn.store.Id;
import java.util.List;
import java.util.Optional;

/**
 * What a chain is receiving, and under which hold: the value of {@code incoming/STATE}. Immutable.
 * Grammar: chain/FORMAT.md, A state that is coming.
 *
 * @param only whether the point is to come alone
 * @param sources where it comes from
 * @param coming what comes; empty until a source has answered
 */
public record IncomingState(boolean only, List<Source> sources, Optional<Coming> coming) {
  /** Most sources of one pull. */
  public static final int MOST_SOURCES = 8;

  /** Longest URI of a source, in bytes. */
  public static final int MOST_URI_BYTES = 1024;

  /**
   * Where it comes from. Immutable.
   *
   * @param token of the hold there
   * @param uri as it was typed; of a send: {@code offer} and the sender's name
   */
  public record Source(String token, String uri) {}

  /**
   * A state to come. Immutable.
   *
   * @param point its tip's number
   * @param checkpoint its tip's checkpoint id
   * @param manifest the state
   */
  public record Coming(long point, Id checkpoint, Manifest manifest) {
    public Coming {
      Manifest.Tip tip = new Manifest.Tip(point, checkpoint);
      if (!manifest.tip().equals(Optional.of(tip))) {
        throw new IllegalArgumentException("a state whose tip is not " + tip);
      }
    }

    /** Returns the state as what it is: its tip says which point it is. */
    public static Coming of(Manifest manifest) {
      Manifest.Tip tip =
          manifest
              .tip()
              .orElseThrow(() -> new IllegalArgumentException("a state without any point"));
      return new Coming(tip.number(), tip.id(), manifest);
    }
  }

  public IncomingState {
    sources = List.copyOf(sources);
  }

  /** Returns the token of the hold at a source. */
  public Optional<String> token(String uri) {
    return sources.stream().filter(s -> s.uri().equals(uri)).map(Source::token).findFirst();
  }

  /** Returns the same with what a source answered. */
  public IncomingState with(Coming answered) {
    return new IncomingState(only, sources, Optional.of(answered));
  }

  /** Returns the same with other sources. */
  public IncomingState withSources(List<Source> newSources) {
    return new IncomingState(only, newSources, coming);
  }
}
