package dev.cairn.transport.peer;

/** Decides what a peer may do with a chain. Thread-safe. */
public interface Rights {
  /**
   * Tells whether a peer may; a chain for which it has no right does not exist for it.
   *
   * @param chain its name at this side
   */
  boolean may(Peer peer, Right right, String chain);

  /**
   * Returns the rights where there is no {@code --auth}: who is near may do all, others nothing.
   */
  static Rights withoutNames() {
    return (peer, _, _) -> peer.standing() != Peer.Standing.FAR;
  }
}
