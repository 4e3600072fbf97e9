package dev.cairn.transport.peer;

/**
 * Who is at the other end of a link. Immutable.
 *
 * @param name by certificate or token; {@code uid:N} over a Unix socket; empty where there are no
 *     names
 * @param address by which it is known if it has no name
 * @param standing how far it is trusted without being named in {@code --auth}
 */
public record Peer(String name, String address, Standing standing) {
  /** How far a peer is trusted without being named. */
  public enum Standing {
    /** The server's own uid over a Unix socket: may do all, always, and administer. */
    OWN,
    /** May do all unless there is {@code --auth}. */
    NEAR,
    /** May do what {@code --auth} says, and nothing else. */
    FAR
  }

  /** Returns by what it is told from others: its name, else its address. */
  public String key() {
    return name.isEmpty() ? "address " + address : "name " + name;
  }

  /** Returns it as messages show it. */
  @Override
  public String toString() {
    return name.isEmpty() ? address : name;
  }
}
