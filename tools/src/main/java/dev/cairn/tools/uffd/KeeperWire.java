package dev.cairn.tools.uffd;

import dev.cairn.tools.linux.HeldDescriptor;
import dev.cairn.tools.linux.UnixSocket;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The frames between server and keeper (tools/UFFD.md, The keeper's wire). */
final class KeeperWire {
  static final int DOOR = 1;
  static final int GIVE = 2;
  static final int KEEP = 3;
  static final int KEPT = 4;
  static final int DROP = 5;
  static final int BUSY = 6;
  static final int READY = 7;

  static final int FRAME_BYTES = 16;

  /** Both sides answer at once, or are dead or stopped. */
  static final Duration PATIENCE = Duration.ofSeconds(30);

  private static final int MOST_DESCRIPTORS = 2;

  /**
   * What was received. Immutable.
   *
   * @param descriptors new ones, the receiver's to close
   */
  record Frame(int kind, int value, long id, List<Integer> descriptors) {
    Frame {
      descriptors = List.copyOf(descriptors);
    }

    /** Requires so many descriptors; else closes what there is. */
    Frame require(int least, int most) throws IOException {
      if (descriptors.size() < least || descriptors.size() > most) {
        close();
        throw new IOException(
            "keeper's wire: frame " + kind + " with " + descriptors.size() + " descriptors");
      }
      return this;
    }

    void close() {
      for (int number : descriptors) {
        new HeldDescriptor(number, "a descriptor of the keeper's wire").close();
      }
    }
  }

  private KeeperWire() {}

  static void send(UnixSocket to, int kind, int value, long id, int... descriptors)
      throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment frame = arena.allocate(FRAME_BYTES, 8);
      frame.set(ValueLayout.JAVA_INT, 0, kind);
      frame.set(ValueLayout.JAVA_INT, 4, value);
      frame.set(ValueLayout.JAVA_LONG, 8, id);
      if (descriptors.length == 0) {
        to.write(frame, PATIENCE);
      } else {
        to.sendDescriptors(frame, PATIENCE, descriptors);
      }
    }
  }

  /** Receives one; empty at the end of the other side. */
  static Optional<Frame> receive(UnixSocket from) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment frame = arena.allocate(FRAME_BYTES, 8);
      List<Integer> descriptors = new ArrayList<>();
      for (int at = 0; at < FRAME_BYTES; ) {
        UnixSocket.Received got =
            from.receiveDescriptors(frame.asSlice(at), MOST_DESCRIPTORS, PATIENCE);
        descriptors.addAll(got.descriptors());
        if (got.bytes() < 0) {
          return Optional.empty();
        }
        at += got.bytes();
      }
      return Optional.of(
          new Frame(
              frame.get(ValueLayout.JAVA_INT, 0),
              frame.get(ValueLayout.JAVA_INT, 4),
              frame.get(ValueLayout.JAVA_LONG, 8),
              descriptors));
    }
  }

  /** Receives one that has to be of a kind. */
  static Frame expect(UnixSocket from, int kind) throws IOException {
    Frame frame = receive(from).orElseThrow(() -> new IOException("the keeper's wire has ended"));
    if (frame.kind != kind) {
      frame.close();
      throw new IOException("keeper's wire: expected frame " + kind + ", found " + frame.kind);
    }
    return frame;
  }
}
