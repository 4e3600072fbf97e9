package dev.cairn.tools.migration;

import dev.cairn.store.BadInputException;
import dev.cairn.store.RefusedException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * The bytes of a connection, through a buffer of its own. While it waits, and at least as often
 * while bytes come, it beats: whoever watches over a paused guest learns by that, and by no timer,
 * that its bytes are being taken. Not thread-safe.
 */
public final class SocketInput implements StreamInput {
  private static final String NEXT =
      "see what QEMU says (query-migrate, its log), and begin the migration anew";

  /** Is called from the thread that reads. */
  @FunctionalInterface
  public interface Pulse {
    /** May throw to end the reading. */
    void beat() throws IOException;
  }

  /**
   * How often a pulse is given.
   *
   * @param every longest time between two beats, as long as bytes are waited for or come
   * @param nanoTime a clock such as {@link System#nanoTime}
   */
  public record Watch(Pulse pulse, Duration every, LongSupplier nanoTime) {
    /** Nobody watches. */
    public static final Watch NONE = new Watch(() -> {}, Duration.ofHours(1), System::nanoTime);

    public Watch {
      if (!every.isPositive()) {
        throw new IllegalArgumentException("a pulse every " + every);
      }
    }
  }

  private final Connection connection;
  private final MemorySegment buffer;
  private final Watch watch;
  private final long everyNanos;
  private long lastBeat;
  private int from;
  private int to;
  private long position;
  private boolean ended;

  /**
   * Reads from a connection.
   *
   * @param buffer native memory, the caller's; 64 to 256 KiB are a good length, 512 bytes the least
   */
  public SocketInput(Connection connection, MemorySegment buffer, Watch watch) {
    if (buffer.byteSize() < 512 || buffer.byteSize() > 1 << 30) {
      throw new IllegalArgumentException("a buffer of " + buffer.byteSize() + " bytes");
    }
    this.connection = connection;
    this.buffer = buffer;
    this.watch = watch;
    this.everyNanos = watch.every.toNanos();
    this.lastBeat = watch.nanoTime.getAsLong();
  }

  /** Tells whether it was seen that the peer has ended its side. */
  public boolean hasEnded() {
    return ended;
  }

  @Override
  public long position() {
    return position;
  }

  @Override
  public int buffered() {
    return to - from;
  }

  @Override
  public long number(String what, int bytes) throws IOException {
    if (to - from < bytes) {
      gather(what, bytes);
    }
    long number = 0;
    for (int i = 0; i < bytes; i++) {
      number = number << 8 | (buffer.get(ValueLayout.JAVA_BYTE, from + i) & 0xff);
    }
    from += bytes;
    position += bytes;
    return number;
  }

  /** Has that many bytes in the buffer, one after the other. */
  private void gather(String what, int count) throws IOException {
    if (from > buffer.byteSize() - count) {
      MemorySegment.copy(buffer, from, buffer, 0, to - from);
      to -= from;
      from = 0;
    }
    while (to - from < count) {
      fill(what, count);
    }
  }

  /** Reads at least a byte into the buffer, behind what is there. */
  private void fill(String what, long wanted) throws IOException {
    if (from == to) {
      from = 0;
      to = 0;
    }
    to += receive(what, wanted, buffer.asSlice(to));
  }

  private int receive(String what, long wanted, MemorySegment into) throws IOException {
    long left = everyNanos - (watch.nanoTime.getAsLong() - lastBeat);
    while (left <= 0 || !connection.awaitInput(Duration.ofNanos(left))) {
      watch.pulse.beat();
      lastBeat = watch.nanoTime.getAsLong();
      left = everyNanos;
    }
    int count = connection.read(into);
    if (count < 0) {
      ended = true;
      throw bad(what, position, wanted + " bytes", (to - from) + ", then the end of the stream");
    }
    return count;
  }

  @Override
  public void read(String what, MemorySegment into) throws IOException {
    long length = into.byteSize();
    long done = taken(into, 0);
    while (done < length) {
      long left = length - done;
      if (left >= buffer.byteSize() && into.isNative()) {
        int count = receive(what, left, into.asSlice(done));
        position += count;
        done += count;
      } else {
        fill(what, left);
        done += taken(into, done);
      }
    }
  }

  /** Takes from the buffer what is there, and as much as there is room for. */
  private int taken(MemorySegment into, long at) {
    int count = (int) Math.min(to - from, into.byteSize() - at);
    MemorySegment.copy(buffer, from, into, at, count);
    from += count;
    position += count;
    return count;
  }

  @Override
  public int readSome(String what, MemorySegment into) throws IOException {
    if (from == to) {
      fill(what, 1);
    }
    return taken(into, 0);
  }

  @Override
  public void skip(String what, long bytes) throws IOException {
    long left = bytes;
    while (left > 0) {
      if (from == to) {
        fill(what, left);
      }
      int count = (int) Math.min(to - from, left);
      from += count;
      position += count;
      left -= count;
    }
  }

  @Override
  public BadInputException bad(String what, long offset, Object expected, Object actual) {
    return new BadInputException(text(what, offset, expected, actual));
  }

  @Override
  public RefusedException refused(String what, long offset, Object expected, Object actual) {
    return new RefusedException(text(what, offset, expected, actual));
  }

  private String text(String what, long offset, Object expected, Object actual) {
    return "%s: %s at offset %d: expected %s, found %s; %s"
        .formatted(connection.name(), what, offset, expected, actual, NEXT);
  }
}
