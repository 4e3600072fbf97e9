package dev.cairn.transport.link;

import dev.cairn.transport.rdma.RemoteMemory;
import dev.cairn.transport.wire.Abilities;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * Bytes that go both ways and carry one link. Safe for use by one reader and one writer at once;
 * anyone may shut it down.
 */
interface Carrier {
  /**
   * Reads what is there; waits for the first byte.
   *
   * @return how many bytes, at least 1; or -1 if the peer has ended its side
   */
  int read(ByteBuffer into) throws IOException;

  /**
   * Reads what is there into one, and what is behind that into the next, as far as that can be;
   * waits for the first byte.
   *
   * @param first has room
   * @return as {@link #read(ByteBuffer)}
   */
  int read(ByteBuffer first, ByteBuffer second) throws IOException;

  /** Writes all of both, as one as far as that can be; waits until the kernel has taken them. */
  void write(ByteBuffer first, ByteBuffer second) throws IOException;

  /** Says that nothing follows. For the writer. */
  void endOutput() throws IOException;

  /** Ends both directions, without waiting; who waits in it comes back. */
  void shutdown();

  /** Returns its name for errors. */
  String name();

  /** Returns what it can beside, if its connection reads memory of the peer. */
  default Optional<RemoteMemory> remoteMemory() {
    return Optional.empty();
  }

  /** Returns what is said of this side on a link over it. */
  default Abilities abilities(Abilities own) {
    return remoteMemory().isPresent() ? own.withFeature(Abilities.WINDOWS) : own;
  }
}
