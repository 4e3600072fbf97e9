package dev.cairn.transport.receive;

/** Holds up who would be too fast. Thread-safe. */
@FunctionalInterface
public interface Pace {
  /** No limit. */
  Pace FREE = _ -> {};

  /** Tells whether nobody is held up. */
  default boolean isFree() {
    return this == FREE;
  }

  /** Waits until so many bytes may be asked for. */
  void take(int bytes) throws InterruptedException;
}
