package dev.cairn.merge;

import dev.cairn.chain.Chain;
import dev.cairn.store.BusyException;
import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;

/**
 * Keeps a chain small while somebody writes into it: one thread, which never lengthens a
 * checkpoint. If it falls behind, the writer waits; if it fails again and again, it stops and says
 * so. Thread-safe.
 */
public final class BackgroundMerger implements Closeable {
  /** Hears what happens, on the merger's thread. */
  public interface Listener {
    /** Something was merged. */
    void merged(Merger.Report report);

    /** An attempt failed; others follow. */
    void failed(IOException failure);

    /**
     * Nothing is merged any more until somebody looks: after several failures, or one that nobody
     * foresaw, which is the cause then.
     */
    void stopped(IOException failure);
  }

  /**
   * Bounds. Immutable.
   *
   * @param pause least time between the starts of two rounds
   * @param mostLayers with more, {@link #awaitRoom} waits
   * @param mostFailures so many in a row stop the merger
   */
  public record Limits(Duration pause, int mostLayers, int mostFailures) {
    public static final Limits DEFAULT = new Limits(Duration.ofMillis(250), 64, 5);
  }

  private final Chain chain;
  private final Policies policies;
  private final Limits limits;
  private final Listener listener;
  private final Thread thread;
  private boolean asked;
  private boolean closed;
  private boolean broken;
  private long rounds;

  /** Starts the thread; it waits until it is asked. */
  public BackgroundMerger(Chain chain, Policies policies, Limits limits, Listener listener) {
    this.chain = chain;
    this.policies = policies;
    this.limits = limits;
    this.listener = listener;
    this.thread = Thread.ofPlatform().name("cairn-merge-" + chain.name()).start(this::work);
  }

  /** Says that the chain has changed. Returns at once. */
  public synchronized void ask() {
    asked = true;
    notifyAll();
  }

  /** Tells whether it gave up. */
  public synchronized boolean isBroken() {
    return broken;
  }

  /**
   * Waits while the chain has too many layers and merging goes on. A writer calls it before it
   * begins a checkpoint.
   *
   * @return whether there is room; if not, merging has stopped
   */
  public boolean awaitRoom() throws IOException {
    while (chain.manifest().layers().size() > limits.mostLayers) {
      synchronized (this) {
        if (broken || closed) {
          return false;
        }
        long before = rounds;
        asked = true;
        notifyAll();
        try {
          while (rounds == before && !broken && !closed) {
            wait();
          }
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new InterruptedIOException("interrupted while merging was awaited");
        }
      }
    }
    return true;
  }

  /** However it ends, nobody waits for it any more. */
  private void work() {
    try {
      doRounds();
      if (hasEndedUnasked()) {
        listener.stopped(new InterruptedIOException("merging was interrupted"));
      }
    } catch (RuntimeException | Error e) {
      listener.stopped(new IOException("merging ended by " + e, e));
    } finally {
      stop();
    }
  }

  private void doRounds() {
    Merger merger = new Merger(chain, policies);
    int failures = 0;
    long lastNanos = System.nanoTime() - limits.pause.toNanos();
    while (await(lastNanos)) {
      lastNanos = System.nanoTime();
      try {
        Merger.Report report = merger.run();
        failures = 0;
        if (!report.isEmpty()) {
          listener.merged(report);
        }
      } catch (BusyException e) {
        listener.failed(e); // somebody else merges: not a fault
      } catch (IOException e) {
        failures++;
        listener.failed(e);
        if (failures == limits.mostFailures) {
          listener.stopped(e);
          stop();
        }
      }
      endRound();
    }
  }

  private synchronized boolean hasEndedUnasked() {
    return !broken && !closed;
  }

  private synchronized void stop() {
    broken |= !closed;
    notifyAll();
  }

  private synchronized void endRound() {
    rounds++;
    notifyAll();
  }

  /** Waits until there is work; false if there will be no more. */
  private synchronized boolean await(long lastNanos) {
    try {
      while (!asked && !closed && !broken) {
        wait();
      }
      long left = lastNanos + limits.pause.toNanos() - System.nanoTime();
      while (left > 0 && !closed) {
        wait(Math.max(1, left / 1_000_000));
        left = lastNanos + limits.pause.toNanos() - System.nanoTime();
      }
    } catch (InterruptedException e) {
      return false; // nobody has a reason to: it ends, and says so
    }
    asked = false;
    return !closed && !broken;
  }

  /** Ends the round that is under way and the thread. */
  @Override
  public void close() throws IOException {
    synchronized (this) {
      closed = true;
      notifyAll();
    }
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while merging was ended");
    }
  }
}
