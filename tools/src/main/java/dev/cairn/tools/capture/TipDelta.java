package dev.cairn.tools.capture;

import dev.cairn.chain.Chain;
import dev.cairn.chain.TipComparer;
import dev.cairn.store.Id;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * What the memory of a guest that stands still has in other than the chain's newest point: copied
 * into a spool, for later. Opened before the guest is stopped. Not thread-safe.
 */
final class TipDelta implements Closeable {
  /** Told again and again that the comparison goes on; may end it. */
  @FunctionalInterface
  interface Beat {
    void beat() throws IOException;
  }

  private final TipComparer comparer;

  /** Opens the chain as it is now. */
  TipDelta(Chain chain) throws IOException {
    comparer = new TipComparer(chain, Math.max(1, Runtime.getRuntime().availableProcessors()));
  }

  /** Returns the newest point; empty if the chain has none. */
  Optional<Id> tip() {
    return comparer.tip().map(tip -> tip.id());
  }

  /**
   * Compares for nothing, while the guest runs: in the pause the code is compiled then, and what is
   * read of the chain is in memory.
   */
  void rehearse(GuestMemory memory) throws IOException {
    comparer.compare(
        memory,
        new TipComparer.Changes() {
          @Override
          public void page(int block, long page, MemorySegment content) {}

          @Override
          public void zero(int block, long page) {}
        });
  }

  /** Fills a spool with what differs. */
  void take(GuestMemory memory, Spool into, Beat beat) throws IOException {
    into.layout(memory.layout());
    comparer.compare(
        memory,
        new TipComparer.Changes() {
          @Override
          public void page(int block, long page, MemorySegment content) throws IOException {
            into.page(block, page, content);
          }

          @Override
          public void zero(int block, long page) throws IOException {
            into.zero(block, page);
          }

          @Override
          public void compared(long bytes) throws IOException {
            beat.beat();
          }
        });
  }

  @Override
  public void close() throws IOException {
    comparer.close();
  }
}
