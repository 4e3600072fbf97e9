package dev.cairn.tools.qmp;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * A QMP connection to a running QEMU. Thread-safe: commands of several threads are answered by id;
 * out-of-band ones overtake others. A thread of its own reads answers and events.
 *
 * <p>QEMU serves one client at a time on a QMP socket: while another one is connected there is no
 * greeting, which is told as such.
 */
public final class Qmp implements Closeable {
  private Qmp() {}

  /**
   * Connects, waits for the greeting, and asks for out-of-band execution where QEMU offers it.
   *
   * @param patience for the connection and the greeting
   */
  public static Qmp connect(Path socket, Duration patience) throws IOException {
    throw new UnsupportedOperationException(socket + " " + patience);
  }

  /** Returns QEMU's version, such as 11.1.3, from the greeting. */
  public String version() {
    throw new UnsupportedOperationException();
  }

  /**
   * Executes a command and returns what it returns.
   *
   * @throws QmpException if QEMU refuses it
   * @throws java.net.SocketTimeoutException if there is no answer in time
   */
  public JsonNode execute(String command, Map<String, ?> arguments, Duration patience)
      throws IOException {
    throw new UnsupportedOperationException(command + arguments + patience);
  }

  /** The same, out of band: for commands that QEMU allows so, while others are blocked. */
  public JsonNode executeOutOfBand(String command, Map<String, ?> arguments, Duration patience)
      throws IOException {
    throw new UnsupportedOperationException(command + arguments + patience);
  }

  /**
   * Executes a command with a descriptor beside it, as {@code getfd} wants one.
   *
   * @param descriptor stays the caller's
   */
  public JsonNode executeWith(
      int descriptor, String command, Map<String, ?> arguments, Duration patience)
      throws IOException {
    throw new UnsupportedOperationException(descriptor + command + arguments + patience);
  }

  /**
   * An event of QEMU. Immutable.
   *
   * @param name such as STOP, RESUME, MIGRATION, COLO_EXIT
   * @param data of the event, or an empty object
   * @param number ascending, in the order of arrival
   * @param nanos {@link System#nanoTime} when it was read
   */
  public record Event(String name, JsonNode data, long number, long nanos) {}

  /** Returns the number of the newest event so far, to wait for later ones only; 0 for none. */
  public long lastEvent() {
    throw new UnsupportedOperationException();
  }

  /**
   * Waits for an event that comes after another one; the newest thousand are remembered.
   *
   * @param after number of an event
   * @return nothing if the time is over
   */
  public Optional<Event> awaitEvent(long after, Predicate<Event> wanted, Duration patience)
      throws IOException {
    throw new UnsupportedOperationException(after + " " + wanted + patience);
  }

  @Override
  public void close() throws IOException {
    throw new UnsupportedOperationException();
  }
}
