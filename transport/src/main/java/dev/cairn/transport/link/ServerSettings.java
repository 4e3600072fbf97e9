package dev.cairn.transport.link;

import dev.cairn.transport.peer.PeerTokens;
import dev.cairn.transport.wire.Abilities;
import dev.cairn.transport.wire.Versions;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * What a server is. Immutable.
 *
 * @param abilities what it says in WELCOME; its streams are the most that it grants
 * @param versions that it speaks
 * @param tokens by which clients may show who they are
 * @param limits of what it lets in
 * @param random for the tokens of sessions: must not be foreseen
 */
public record ServerSettings(
    Abilities abilities,
    Versions versions,
    Optional<PeerTokens> tokens,
    Limits limits,
    RandomGenerator random) {
  /**
   * How much a server lets in.
   *
   * @param halfOpen links before WELCOME, in all
   * @param ofClient READY links of one client
   * @param links READY links in all
   */
  public record Limits(int halfOpen, int ofClient, int links) {
    /** Those of transport/PROTOCOL.md. */
    public static final Limits STANDARD = new Limits(64, 40, 512);
  }
}
