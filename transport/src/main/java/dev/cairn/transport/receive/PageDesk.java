package dev.cairn.transport.receive;

import dev.cairn.chain.Incoming;
import dev.cairn.transport.link.Link;
import dev.cairn.transport.pages.ComingPoint;
import dev.cairn.transport.pages.PageAsker;
import dev.cairn.transport.pages.PointServer;
import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Gives a point to others on this host while it is coming: owns what is known of its pages, who is
 * asked for them, and the door by which others come. Thread-safe.
 */
final class PageDesk implements Closeable {
  private final Postcopy postcopy;
  private final String chain;
  private final LongSupplier nanoTime;

  // All of these are guarded by this.
  private final Map<String, Running> running = new LinkedHashMap<>();
  private @Nullable ComingPoint point;
  private @Nullable PageAsker asker;
  private @Nullable PointServer server;
  private @Nullable Closeable door;

  /** A source that can be asked. */
  private record Running(int order, Supplier<Optional<Link>> urgent) {}

  /**
   * Makes one that gives nothing yet.
   *
   * @param chain the name by which it is asked for here
   */
  PageDesk(Postcopy postcopy, String chain, LongSupplier nanoTime) {
    this.postcopy = postcopy;
    this.chain = chain;
    this.nanoTime = nanoTime;
  }

  /** A source holds the point. */
  synchronized void running(String source, int order, Supplier<Optional<Link>> urgent) {
    running.put(source, new Running(order, urgent));
    if (asker != null) {
      asker.running(source, order, urgent);
    }
  }

  /** A source is lost. */
  synchronized void lost(String source) {
    running.remove(source);
    if (asker != null) {
      asker.lost(source);
    }
  }

  /** Begins with a state to come, or goes on with another one; all metadata are here. */
  void begin(Incoming incoming, long checkpoint, FetchPlan plan)
      throws IOException, InterruptedException {
    ComingPoint coming = point(incoming, checkpoint);
    coming.fetchBy(plan::first);
    plan.startFirst();
    coming.wantSections();
    plan.await(coming::hasSections);
    synchronized (this) {
      if (door == null) {
        PointServer serves = new PointServer(coming, chain);
        server = serves;
        door = postcopy.door().open(serves);
      }
    }
    plan.startBlocks(coming.neededBlocks());
  }

  private synchronized ComingPoint point(Incoming incoming, long checkpoint) throws IOException {
    ComingPoint coming = point;
    if (coming != null) {
      coming.change(incoming);
      return coming;
    }
    coming = ComingPoint.open(incoming, checkpoint, postcopy.spillBytes());
    point = coming;
    PageAsker asks = new PageAsker(coming, nanoTime, postcopy.trace());
    asker = asks;
    coming.askBy(asks);
    running.forEach((source, each) -> asks.running(source, each.order, each.urgent));
    return coming;
  }

  /** Tells whether others may have come. */
  synchronized boolean isOpen() {
    return door != null;
  }

  /** A piece of a file is here. */
  void here(Piece piece) throws IOException {
    ComingPoint of;
    synchronized (this) {
      of = point;
    }
    if (of != null && piece instanceof Piece.Block block) {
      of.blockIsHere(block.file(), block.number());
    }
  }

  /** Waits until nobody reads any more: all is here. */
  void awaitNobody() throws IOException {
    PointServer serves;
    synchronized (this) {
      serves = server;
    }
    if (serves == null) {
      return;
    }
    try {
      serves.awaitNobody();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted; who reads goes on from the store");
    }
  }

  /** Tells those who read that it ends before all is here. */
  void fail(IOException why) {
    PointServer serves;
    synchronized (this) {
      serves = server;
    }
    if (serves != null) {
      serves.end(why);
    }
  }

  /** To be closed when the links of all sources are. */
  @Override
  public synchronized void close() throws IOException {
    try (ComingPoint _ = point;
        PageAsker _ = asker;
        PointServer _ = server) {
      if (door != null) {
        door.close();
      }
    }
    point = null;
    asker = null;
    server = null;
    door = null;
  }
}
