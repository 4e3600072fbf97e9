package dev.cairn.transport.read;

import dev.cairn.transport.link.Endpoint;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * A restore point that somebody else answers for, such as the process that pulls it (PROTOCOL.md,
 * Who else reads). It may be coming there still: pages that are not there are answered when they
 * are. Every page is checked by its CRC-32C. Thread-safe.
 *
 * <p>A page that is outstanding is asked for once, however many wait; twice if nobody had waited
 * for it first, as links for faults are others than those for the rest. What has come is kept, in
 * bounded memory, until it was read. When the links are lost they are opened anew, and what is
 * still needed is asked for again.
 */
public final class RemotePoint implements Closeable {
  /** Pages of a word: what is wanted of one is the bits of a long. */
  public static final int WORD_PAGES = PageRequests.WORD;

  /**
   * Which point.
   *
   * @param byId {@code point} is the 32 digits of a checkpoint id
   * @param point else what is typed behind the at sign
   */
  public record Wanted(String chain, boolean byId, String point) {}

  private final RemoteFacts facts;
  private final PointKeeper keeper;
  private final PageRequests requests;

  private RemotePoint(RemoteFacts facts, PointKeeper keeper, PageRequests requests) {
    this.facts = facts;
    this.keeper = keeper;
    this.requests = requests;
  }

  /**
   * Finds a point, and takes what a guest needs in order to start.
   *
   * @throws dev.cairn.transport.link.FailureException if there is none (10), or another reason is
   *     told
   * @throws IOException if nobody answers there
   */
  public static RemotePoint open(
      Endpoint endpoint, Wanted wanted, ReadSettings settings, ReadEvents events)
      throws IOException {
    PointKeeper keeper = new PointKeeper(endpoint, wanted.chain(), settings, events);
    PageRequests requests = null;
    boolean done = false;
    try {
      RemoteFacts facts = keeper.connect(wanted.byId(), wanted.point());
      requests = new PageRequests(facts, settings, events);
      keeper.keep(facts, requests);
      done = true;
      return new RemotePoint(facts, keeper, requests);
    } finally {
      if (!done) {
        keeper.close();
        if (requests != null) {
          requests.close();
        }
      }
    }
  }

  /** Returns what is known of the point besides its pages. */
  public RemoteFacts facts() {
    return facts;
  }

  /**
   * Tells which pages of a word are not here, and asks for them. Does not wait for an answer. Those
   * that are here stay for a while, for who reads them now.
   *
   * @param block index into the layout's blocks
   * @param page the word's first page, a multiple of 64
   * @param wanted bit i for page {@code page + i}
   * @param urgent somebody waits for them
   * @return those of the wanted that are missing; who needs them asks again after {@link
   *     ReadEvents#arrived}
   */
  public long missing(int block, long page, long wanted, boolean urgent) throws IOException {
    return requests.missing(block, page, wanted, urgent);
  }

  /**
   * Reads pages of a word that are here; the places of those that are zero stay as they are. If one
   * went since somebody looked, it is asked for again and waited for.
   *
   * @param into native memory of a word
   * @return those of the wanted that are not zero
   */
  public long read(int block, long page, long wanted, MemorySegment into) throws IOException {
    return requests.read(block, page, wanted, into);
  }

  /** Ends it; nobody reads it any more. */
  @Override
  public void close() {
    keeper.close();
    requests.close();
  }
}
