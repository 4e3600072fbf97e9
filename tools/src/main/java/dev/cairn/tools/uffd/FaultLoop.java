package dev.cairn.tools.uffd;

import dev.cairn.tools.linux.PollSet;
import dev.cairn.tools.linux.UserFault;
import dev.cairn.tools.memory.MemorySource;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Answers the faults of one VM until its client is gone or it is told to stop. Belongs to one
 * thread.
 */
final class FaultLoop {
  /** Write-protection and minor faults: they want another answer than a page. */
  private static final long OTHER_FAULTS = 2 | 4;

  /** After so many refusals the kernel is given time: somebody removes memory without end. */
  private static final int TRIES_AT_ONCE = 64;

  private static final int MOST_TOLD = 1000;

  private final VmMemory memory;
  private final UserFault fault;
  private final int client;
  private final WakeUp wakeUp;
  private final Consumer<String> stuck;
  private final FaultQueue queue = new FaultQueue();
  private final Set<Long> told = new HashSet<>();
  private boolean gone;

  /**
   * Makes one.
   *
   * @param client descriptor of the client's socket: its end is the client's
   * @param stuck is told, once, why a unit cannot be given
   */
  FaultLoop(VmMemory memory, UserFault fault, int client, WakeUp wakeUp, Consumer<String> stuck) {
    this.memory = memory;
    this.fault = fault;
    this.client = client;
    this.wakeUp = wakeUp;
    this.stuck = stuck;
  }

  /** Returns whether the client is gone; else it was told to stop. */
  boolean run(MemorySource source) throws IOException {
    int most = memory.mappings().largestUnitBytes();
    try (Arena arena = Arena.ofShared();
        PieceReader pieces = new PieceReader(source, most, arena);
        Closeable _ = source.onArrival(wakeUp::call)) {
      PageGiver giver = new PageGiver(fault, most, arena);
      PollSet poll = new PollSet(arena, 3);
      int faults = poll.addInput(fault.number());
      int ends = poll.addEnd(client);
      int calls = poll.addInput(wakeUp.number());
      memory.replay();
      memory.wakeAll(fault);
      while (!memory.isStopped() && !gone) {
        poll.await(-1);
        if (poll.isReady(calls)) {
          wakeUp.take();
          queue.retry();
        }
        if (poll.isReady(ends)) {
          return true;
        }
        if (poll.hasInput(faults)) {
          receive();
        } else if (poll.hasEnded(faults)) {
          throw new IOException("its userfaultfd cannot be waited for any more");
        }
        serve(pieces, giver, poll);
      }
      return gone;
    }
  }

  private void serve(PieceReader pieces, PageGiver giver, PollSet poll) throws IOException {
    while (!queue.isEmpty() && !memory.isStopped() && !gone) {
      memory.waiting(queue.size());
      answer(queue.peek(), pieces, giver, poll);
    }
    memory.waiting(0);
    if (queue.takeOverflow()) {
      memory.wakeAll(fault);
    }
  }

  private void receive() throws IOException {
    int count = memory.read(fault);
    long now = System.nanoTime();
    for (int i = 0; i < count; i++) {
      MemorySegment message = memory.message(i);
      if (message.get(ValueLayout.JAVA_BYTE, 0) == UserFault.EVENT_PAGEFAULT) {
        long flags = message.get(ValueLayout.JAVA_LONG, UserFault.AT_FLAGS);
        if ((flags & OTHER_FAULTS) != 0) {
          throw new IOException(
              "a fault of its memory: expected a missing page, found flags 0x"
                  + Long.toHexString(flags));
        }
        add(message.get(ValueLayout.JAVA_LONG, UserFault.AT_ADDRESS), now);
      }
    }
  }

  private void add(long address, long now) throws IOException {
    Mapping region =
        memory
            .mappings()
            .find(address)
            .orElseThrow(
                () ->
                    new IOException(
                        "a fault of its memory: expected an address of its regions, found 0x"
                            + Long.toHexString(address)));
    queue.add(region.unit(address), now);
  }

  /** One read of the source at most, however often the kernel wants the answer again. */
  private void answer(FaultQueue.Fault next, PieceReader pieces, PageGiver giver, PollSet poll)
      throws IOException {
    long unit = next.unit();
    Mapping region = memory.mappings().ofUnit(unit);
    memory.touched(unit);
    boolean wasRead = false;
    boolean zero = false;
    for (int tries = 1; !memory.isStopped(); tries++) {
      boolean removed = memory.record().isRemoved(unit);
      if (!removed && !wasRead) {
        Boolean content = content(region, unit, pieces);
        if (content == null) {
          queue.putAside();
          return;
        }
        zero = content;
        wasRead = true;
      }
      switch (give(region, unit, removed || zero, pieces, giver)) {
        case DONE -> {
          memory.record().received(unit);
          memory.tally().fault(System.nanoTime() - next.nanos(), removed || zero);
          queue.done();
          return;
        }
        case GONE -> {
          gone = true;
          return;
        }
        case AGAIN -> {
          if (tries > TRIES_AT_ONCE) {
            poll.await(1);
          }
          receive();
        }
      }
    }
  }

  private static PageGiver.Given give(
      Mapping region, long unit, boolean zero, PieceReader pieces, PageGiver giver)
      throws IOException {
    long address = region.addressOf(unit);
    int bytes = region.unitBytes();
    return zero
        ? giver.zeros(address, bytes, bytes > Mappings.LEAST_UNIT)
        : giver.data(address, pieces.slice(0, bytes));
  }

  /** Reads a unit: whether it is zero, or null if it cannot be read now. */
  private @Nullable Boolean content(Mapping region, long unit, PieceReader pieces) {
    long offset = region.offsetOf(unit);
    try {
      if (pieces.isMissing(offset, region.unitBytes(), true)) {
        return null;
      }
      return pieces.read(offset, region.unitBytes(), region.unitBytes()) == 0;
    } catch (IOException e) {
      // The guest waits: whatever else it were given would be wrong.
      if (told.size() < MOST_TOLD && told.add(unit)) {
        memory.tally().stuck();
        stuck.accept(String.valueOf(e.getMessage()));
      }
      return null;
    }
  }
}
