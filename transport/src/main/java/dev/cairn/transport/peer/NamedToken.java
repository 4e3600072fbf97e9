package dev.cairn.transport.peer;

/** A name and its token, which crosses no link. Immutable. */
public final class NamedToken {
  private final String name;
  private final byte[] token;

  /**
   * Makes one of a copy of the token.
   *
   * @param name 1 to 255 bytes
   */
  public NamedToken(String name, byte[] token) {
    this.name = name;
    this.token = token.clone();
  }

  public String name() {
    return name;
  }

  /** Returns a copy of the token. */
  public byte[] token() {
    return token.clone();
  }

  @Override
  public String toString() {
    return "token of " + name;
  }
}
