package dev.cairn.transport.rdma;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * What one connection can beside carrying bytes: its peer's memory is read by READ, and parts of
 * this side's are let the peer read. No peer can write. Thread-safe.
 */
public interface RemoteMemory {
  /** So many READs are under way at most: transport/PROTOCOL.md, Windows of files. */
  int MOST_READS = 4;

  /** What becomes of a READ. One of the two comes, once; must not wait. */
  interface Outcome {
    void done();

    void failed(IOException why);
  }

  /**
   * Where memory lies that the peer may read.
   *
   * @param address as the peer has to name it
   */
  record Key(long address, int rkey) {}

  /**
   * Has memory ready to be read into, until the connection is gone: to be said once for memory that
   * is used again and again.
   *
   * @throws IOException if it cannot be registered: then it is not lent
   */
  void lend(MemorySegment memory) throws IOException;

  /** Tells whether memory lies within what was lent. */
  boolean isLent(MemorySegment into);

  /**
   * Reads memory of the peer; does not wait.
   *
   * @param into lent, and this call's until the outcome, which comes when no READ writes it
   * @throws IOException if nothing is read any more: there is no outcome then
   * @throws IllegalStateException if {@link #MOST_READS} are under way
   */
  void read(long address, int rkey, MemorySegment into, Outcome outcome) throws IOException;

  /**
   * Lets the peer read memory.
   *
   * @param freed run once the peer cannot read it any more, also when this call fails
   * @return how to take it back; also taken back when the connection is gone
   * @throws IOException if it cannot be registered
   */
  Offered offer(MemorySegment memory, Runnable freed) throws IOException;

  /** Memory that the peer may read. To close it ends that, at once. */
  interface Offered extends AutoCloseable {
    Key key();

    @Override
    void close();
  }

  /** Waits until the connection is gone, and every READ has its outcome. */
  void awaitGone();
}
