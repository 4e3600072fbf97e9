package dev.cairn.tools.demo;

import dev.cairn.tools.linux.AnonymousMemory;
import dev.cairn.tools.linux.LinuxException;
import dev.cairn.tools.linux.UserFault;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/**
 * A guest whose memory comes out of a store: page by page as it is touched, answered by the demo,
 * or all of it before it begins. Not thread-safe.
 *
 * <p>This process must not answer its own faults: a thread that touches a missing page stops in
 * compiled code, and a garbage collection would wait for it.
 */
final class RestoredGuest implements Closeable {
  private static final long LOOK_UP_SEED = 7;

  private final Arena arena = Arena.ofShared();
  private final MemorySegment memory;
  private final KvTable table;

  RestoredGuest(long memoryBytes) throws LinuxException {
    memory = AnonymousMemory.map(memoryBytes, arena);
    table = new KvTable(memory);
  }

  /** Gets its memory, then answers commands until there are no more. */
  void serve(DataInputStream in, DataOutputStream out) throws IOException {
    out.writeInt(GuestProtocol.HELLO);
    offer(in, out);
    for (int command = in.read(); command >= 0; command = in.read()) {
      switch ((byte) command) {
        case GuestProtocol.LOOK_UP -> lookUp(in.readInt(), out);
        case GuestProtocol.VERIFY -> verify(out);
        case GuestProtocol.GO_ON -> goOn(in.readInt(), out);
        default -> throw new IOException("unknown command " + command);
      }
      out.flush();
    }
  }

  /** Offers its page faults; whoever cannot take them sends the pages. */
  private void offer(DataInputStream in, DataOutputStream out) throws IOException {
    boolean prefilled;
    try (UserFault fault = UserFault.missing(memory)) {
      out.writeUTF("");
      out.writeLong(memory.address());
      out.writeInt(fault.number());
      out.flush();
      prefilled = in.readBoolean();
    } catch (LinuxException e) {
      out.writeUTF(String.valueOf(e.getMessage()));
      out.flush();
      prefilled = in.readBoolean();
    }
    // The demo holds the only userfaultfd by now: if it dies, waiting threads go on, and fail.
    if (prefilled) {
      fill(in);
    }
  }

  private void fill(DataInputStream in) throws IOException {
    int page = in.readInt();
    for (int count = in.readInt(); count > 0; count = in.readInt()) {
      GuestProtocol.readFully(
          in,
          memory.asSlice(
              (long) page * AnonymousMemory.PAGE_BYTES, (long) count * AnonymousMemory.PAGE_BYTES));
      page = in.readInt();
    }
  }

  private void lookUp(int count, DataOutputStream out) throws IOException {
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(LOOK_UP_SEED);
    long start = System.nanoTime();
    long accounts = table.header(KvTable.AT_ACCOUNTS);
    int whole = 0;
    for (int i = 0; i < count && accounts > 0; i++) {
      whole += table.isWhole(random.nextLong(accounts) + 1) ? 1 : 0;
    }
    out.writeLong(System.nanoTime() - start);
    out.writeInt(whole);
  }

  private void verify(DataOutputStream out) throws IOException {
    List<String> findings = KvCheck.findings(table);
    GuestProtocol.writeTexts(out, findings);
    out.writeLong(table.header(KvTable.AT_SEQUENCE));
    out.writeLong(table.header(KvTable.AT_ACCOUNTS));
    out.writeLong(table.header(KvTable.AT_SUM));
    RegionDigests.of(memory).write(out);
  }

  private void goOn(int operations, DataOutputStream out) throws IOException {
    Workload workload = new Workload(table);
    for (int i = 0; i < operations; i++) {
      workload.step();
    }
    GuestProtocol.writeTexts(out, KvCheck.findings(table));
    out.writeLong(table.header(KvTable.AT_SEQUENCE));
  }

  @Override
  public void close() {
    arena.close();
  }
}
