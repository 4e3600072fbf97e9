package dev.cairn.transport.receive;

import java.util.List;

/**
 * What is to be received. Immutable.
 *
 * @param chain its name at the source; empty: what was offered
 * @param point as it is typed behind @, or 32 digits
 * @param byId whether {@code point} is the 32 digits of a checkpoint id
 * @param only whether that point alone
 * @param name of the chain here
 * @param sources URIs as they were typed, or {@code offer NAME}
 */
public record Wanted(
    String chain, String point, boolean byId, boolean only, String name, List<String> sources) {
  public Wanted {
    sources = List.copyOf(sources);
  }
}
