package dev.cairn.transport.source;

import dev.cairn.transport.link.FailureException;
import dev.cairn.transport.verbs.VerbsException;
import dev.cairn.transport.wire.ErrorCode;
import dev.cairn.transport.wire.Message;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * What all receivers together may read in windows, and whether this machine has any: how much is
 * mapped is counted from before it is until nobody can read it. Thread-safe.
 */
final class Windows {
  /** Less is not worth it. */
  private static final long LEAST_IN_ALL = 16L << 20;

  private final long mostOfClient;
  private final MemoryBudget budget;
  private volatile boolean possible;

  Windows(long most) {
    possible = most >= LEAST_IN_ALL;
    mostOfClient = most / 2;
    budget = new MemoryBudget(most);
  }

  /** Tells whether there can be any. */
  boolean isPossible() {
    return possible;
  }

  /** Makes the budget of one client. */
  MemoryBudget ofClient() {
    return budget.part(mostOfClient);
  }

  /**
   * Takes note of why a mapping was not registered: a kernel that never does is not asked again.
   */
  void failed(IOException why) {
    if (why instanceof VerbsException verbs && verbs.isBadMemory()) {
      possible = false;
    }
  }

  /** Bytes of a file that are mapped until this is closed, once. */
  record Mapping(MemorySegment bytes, Arena arena, MemoryBudget.Lease lease) {
    void close() {
      arena.close();
      lease.close();
    }
  }

  /**
   * Maps what is wanted, or the beginning of it.
   *
   * @param client the budget of who wants it
   * @throws FailureException if there is no room, or no mapping
   */
  Mapping map(MemoryBudget client, ServedHold.HeldFile file, Message.Window wanted)
      throws IOException {
    long whole = mostOfClient / Message.LEAST_WINDOW * Message.LEAST_WINDOW;
    int length = (int) Math.min(wanted.length(), whole);
    MemoryBudget.Lease lease = client.take(length);
    Arena arena = Arena.ofShared();
    boolean done = false;
    try {
      MemorySegment bytes =
          file.map(wanted.offset(), length, arena)
              .orElseThrow(
                  () -> FailureException.of(ErrorCode.TOO_MUCH, "no window: files are not mapped"));
      done = true;
      return new Mapping(bytes, arena, lease);
    } finally {
      if (!done) {
        arena.close();
        lease.close();
      }
    }
  }
}
