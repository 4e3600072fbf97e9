package dev.cairn.tools.linux;

import java.io.Closeable;

/** Owns a descriptor only so that what it stands for lives on. Thread-safe. */
public final class HeldDescriptor implements Closeable {
  private final StreamSocket owned;

  /**
   * Takes over a descriptor that was received.
   *
   * @param number closed by this from now on
   */
  public HeldDescriptor(int number, String name) {
    owned = new StreamSocket(number, name);
  }

  public int number() {
    return owned.number();
  }

  @Override
  public void close() {
    owned.close();
  }
}
