package dev.cairn.transport.receive;

/** Holds up who would be too fast. Thread-safe. */
@FunctionalInterface
public interface Pace {
  /** No limit. */
  Pace FREE = _ -> {};

  /** Waits until so many bytes may be asked for. */
  void take(int bytes) throws InterruptedException;
}
