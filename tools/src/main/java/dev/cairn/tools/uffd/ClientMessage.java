package dev.cairn.tools.uffd;

import dev.cairn.tools.linux.HeldDescriptor;
import dev.cairn.tools.linux.UnixSocket;
import dev.cairn.tools.linux.UserFault;
import dev.cairn.tools.linux.UserFaultInfo;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Owns what a client handed over in its one message, all of it checked, nothing changed. The
 * message stays unread in the socket: who has that after this server finds it again. Immutable.
 */
final class ClientMessage implements Closeable {
  static final int MOST_BYTES = 32 << 10; // the kernel keeps as much in one piece

  private static final int MOST_DESCRIPTORS = 4;

  private final byte[] bytes;
  private final Mappings mappings;
  private final UserFault fault;

  private ClientMessage(byte[] bytes, Mappings mappings, UserFault fault) {
    this.bytes = bytes;
    this.mappings = mappings;
    this.fault = fault;
  }

  /**
   * Looks at a client's message, which is there.
   *
   * @param pageSize of the point
   * @param memoryBytes of the point
   * @throws RefusedClientException if anything of it is not as it must be
   */
  static ClientMessage peek(UnixSocket client, int pageSize, long memoryBytes) throws IOException {
    UnixSocket.Received got;
    byte[] bytes;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment room = arena.allocate(MOST_BYTES + 1);
      got = client.peekDescriptors(room, MOST_DESCRIPTORS, Duration.ofSeconds(1));
      bytes = room.asSlice(0, Math.max(0, got.bytes())).toArray(ValueLayout.JAVA_BYTE);
    }
    boolean done = false;
    try {
      if (bytes.length > MOST_BYTES) {
        throw new RefusedClientException("the message", "at most " + MOST_BYTES + " bytes", "more");
      }
      if (bytes.length == 0) {
        throw new RefusedClientException("the client", "a message", "its end");
      }
      if (got.descriptors().size() != 1) {
        throw new RefusedClientException(
            "descriptors beside the message", "one", got.descriptors().size());
      }
      Mappings mappings = Mappings.parse(bytes, pageSize, memoryBytes);
      check(UserFaultInfo.of(got.descriptors().getFirst()));
      done = true;
      return new ClientMessage(bytes, mappings, UserFault.adopt(got.descriptors().getFirst()));
    } finally {
      if (!done) {
        close(got.descriptors());
      }
    }
  }

  /** Returns the message as it came; not to be changed. */
  byte[] bytes() {
    return bytes;
  }

  Mappings mappings() {
    return mappings;
  }

  /** Returns the client's userfaultfd, which this owns. */
  UserFault fault() {
    return fault;
  }

  private static void check(Optional<UserFaultInfo> info) throws RefusedClientException {
    String what = "the descriptor";
    if (info.isEmpty()) {
      throw new RefusedClientException(what, "a userfaultfd", "something else");
    }
    UserFaultInfo found = info.get();
    if (found.blocking()) {
      throw new RefusedClientException(what, "one that does not block", "a blocking one");
    }
    if (!found.begun()) {
      throw new RefusedClientException(what, "one that has been begun (UFFDIO_API)", "a new one");
    }
    if ((found.features() & UserFaultInfo.EVENT_REMOVE) == 0) {
      throw new RefusedClientException(
          what,
          "the feature EVENT_REMOVE, without which pages that a balloon took come back with old"
              + " bytes",
          "features 0x" + Long.toHexString(found.features()));
    }
    long wrong = UserFaultInfo.SIGBUS | UserFaultInfo.EVENT_FORK | UserFaultInfo.EVENT_REMAP;
    if ((found.features() & wrong) != 0) {
      throw new RefusedClientException(
          what,
          "none of the features SIGBUS, EVENT_FORK and EVENT_REMAP",
          "features 0x" + Long.toHexString(found.features()));
    }
  }

  private static void close(List<Integer> descriptors) {
    for (int number : descriptors) {
      new HeldDescriptor(number, "a client's descriptor").close();
    }
  }

  @Override
  public void close() {
    fault.close();
  }
}
