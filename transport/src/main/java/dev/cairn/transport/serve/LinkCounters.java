package dev.cairn.transport.serve;

import dev.cairn.transport.link.LinkEvents;
import dev.cairn.transport.link.LinkLostException;
import java.io.IOException;
import java.util.concurrent.atomic.LongAdder;

/** Counts what becomes of a server's links, and passes it on. Thread-safe. */
public final class LinkCounters implements LinkEvents {
  private final LinkEvents next;
  private final LongAdder faults = new LongAdder();
  private final LongAdder refusals = new LongAdder();
  private final LongAdder losses = new LongAdder();

  /**
   * Makes counters of nothing yet.
   *
   * @param next is told, too
   */
  public LinkCounters(LinkEvents next) {
    this.next = next;
  }

  @Override
  public void fault(String link, IOException why) {
    faults.increment();
    next.fault(link, why);
  }

  @Override
  public void failed(String link, IOException why) {
    next.failed(link, why);
  }

  @Override
  public void refused(String peer, IOException why) {
    refusals.increment();
    next.refused(peer, why);
  }

  @Override
  public void lost(String link, LinkLostException why) {
    losses.increment();
    next.lost(link, why);
  }

  /** Returns how many links were ended because their peer broke the protocol. */
  public long faults() {
    return faults.sum();
  }

  /** Returns how many connections were not let in: no handshake, no right, or too many. */
  public long refusals() {
    return refusals.sum();
  }

  /** Returns how many links ended without a word of this side. */
  public long losses() {
    return losses.sum();
  }
}
