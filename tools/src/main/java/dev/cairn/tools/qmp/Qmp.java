package dev.cairn.tools.qmp;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cairn.tools.linux.UnixSocket;
import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A QMP connection to a running QEMU. Thread-safe: commands of several threads are answered by id;
 * out-of-band ones overtake others. A thread of its own reads answers and events.
 *
 * <p>QEMU serves one client at a time on a QMP socket: while another one is connected there is no
 * greeting, which is told as such.
 *
 * <p>Arguments may be secrets: no message of an error that is made here has them.
 */
public final class Qmp implements Closeable {
  private static final Duration LAST_PATIENCE = Duration.ofSeconds(10);

  private final UnixSocket socket;
  private final QmpLines lines;
  private final QmpPending pending = new QmpPending();
  private final QmpEvents events = new QmpEvents();
  private final JsonMapper json = new JsonMapper();

  /** Who writes a line. */
  private final ReentrantLock writing = new ReentrantLock();

  /** Who has a descriptor on its way: QEMU keeps only those that came last. */
  private final ReentrantLock passing = new ReentrantLock();

  private final Thread reader;

  // Written once, before this is given out.
  private String version = "";
  private boolean outOfBand;

  private final AtomicBoolean closed = new AtomicBoolean();

  private Qmp(UnixSocket socket) {
    this.socket = socket;
    this.lines = new QmpLines(socket);
    this.reader = Thread.ofPlatform().daemon().name("qmp-" + socket.name()).unstarted(this::read);
  }

  /**
   * Connects, waits for the greeting, and asks for out-of-band execution where QEMU offers it.
   *
   * @param patience for the connection and the greeting
   * @throws SocketTimeoutException if no greeting comes: mostly another client holds the socket
   */
  public static Qmp connect(Path socket, Duration patience) throws IOException {
    long end = System.nanoTime() + patience.toNanos();
    UnixSocket connected;
    try {
      connected = UnixSocket.connect(socket, patience);
    } catch (SocketTimeoutException e) {
      throw held("unix:" + socket, patience);
    }
    return over(connected, end, patience);
  }

  /**
   * The same over a socket that is connected already.
   *
   * @param socket this one's to close from now on
   */
  public static Qmp over(UnixSocket socket, Duration patience) throws IOException {
    return over(socket, System.nanoTime() + patience.toNanos(), patience);
  }

  private static Qmp over(UnixSocket socket, long end, Duration patience) throws IOException {
    Qmp qmp = new Qmp(socket);
    boolean done = false;
    try {
      qmp.greet(end, patience);
      done = true;
      return qmp;
    } finally {
      if (!done) {
        qmp.close();
      }
    }
  }

  private static SocketTimeoutException held(String name, Duration patience) {
    return new SocketTimeoutException(
        name
            + ": no greeting from QEMU within "
            + patience.toMillis()
            + " ms: another client holds this QMP socket, or QEMU is stuck; end that client, or"
            + " give QEMU a second monitor: -qmp unix:PATH,server=on,wait=off");
  }

  private void greet(long end, Duration patience) throws IOException {
    // The first line is waited for here: the reading thread has no deadline.
    Thread deadline =
        Thread.ofVirtual()
            .unstarted(
                () -> {
                  try {
                    Thread.sleep(Duration.ofNanos(Math.max(0, end - System.nanoTime())));
                    socket.shutdown();
                  } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                  }
                });
    deadline.start();
    QmpLines.Line line;
    try {
      line = lines.next();
    } finally {
      deadline.interrupt();
    }
    if (line == null) {
      if (end - System.nanoTime() <= 0) {
        throw held(socket.name(), patience);
      }
      throw new QmpLostException(
          socket.name() + ": QEMU closed the connection before its greeting; does it run?");
    }
    JsonNode greeting = line.value().path("QMP");
    JsonNode number = greeting.path("version").path("qemu");
    if (!number.path("major").isInt()) {
      throw new IOException(
          socket.name() + ": greeting: expected QEMU's version, found none; is that a QMP socket?");
    }
    version =
        number.path("major").intValue()
            + "."
            + number.path("minor").intValue()
            + "."
            + number.path("micro").intValue();
    for (JsonNode capability : greeting.path("capabilities")) {
      outOfBand |= capability.asText().equals("oob");
    }
    reader.start();
    Duration left = Duration.ofNanos(Math.max(1, end - System.nanoTime()));
    Map<String, ?> enable = outOfBand ? Map.of("enable", new String[] {"oob"}) : Map.of();
    execute("qmp_capabilities", enable, left);
  }

  /** The reading thread. */
  private void read() {
    String why;
    try {
      QmpLines.Line line;
      while ((line = lines.next()) != null) {
        JsonNode event = line.value().get("event");
        if (event == null) {
          pending.answer(line.value());
        } else {
          events.add(QmpWords.shown(event.asText()), line.value(), line.length());
        }
      }
      why = socket.name() + ": QEMU closed the QMP connection: it has ended, or was told to quit";
    } catch (IOException e) {
      why = String.valueOf(e.getMessage());
    } catch (RuntimeException e) {
      why = socket.name() + ": reading what QEMU says failed: " + e.getClass().getSimpleName();
    } catch (OutOfMemoryError e) {
      why = socket.name() + ": no memory for what QEMU says";
    }
    // What nobody reads any more must not fill up.
    socket.shutdown();
    why = closed.get() ? socket.name() + ": the QMP connection is closed" : why;
    pending.lost(why);
    events.lost(why);
  }

  /** Returns QEMU's version, such as 11.1.3, from the greeting. */
  public String version() {
    return version;
  }

  /** Tells whether QEMU executes commands out of band. */
  public boolean isOutOfBand() {
    return outOfBand;
  }

  /** Returns the process that listened: mostly QEMU, but see {@link QemuProcess}. */
  public long peerPid() throws IOException {
    return socket.peerPid();
  }

  /**
   * Executes a command and returns what it returns.
   *
   * @throws QmpException if QEMU refuses it
   * @throws QmpLostException if QEMU is gone, or goes
   * @throws SocketTimeoutException if there is no answer in time; one that comes later is dropped
   */
  public JsonNode execute(String command, Map<String, ?> arguments, Duration patience)
      throws IOException {
    return execute(command, arguments, patience, false, null);
  }

  /**
   * The same, out of band: for commands that QEMU allows so, while others are blocked. In turn if
   * QEMU does not offer it.
   */
  public JsonNode executeOutOfBand(String command, Map<String, ?> arguments, Duration patience)
      throws IOException {
    return execute(command, arguments, patience, outOfBand, null);
  }

  /**
   * Executes a command with a descriptor beside it, as {@code getfd} wants one.
   *
   * @param descriptor stays the caller's
   */
  public JsonNode executeWith(
      int descriptor, String command, Map<String, ?> arguments, Duration patience)
      throws IOException {
    try {
      if (!passing.tryLock(patience.toNanos(), TimeUnit.NANOSECONDS)) {
        throw new SocketTimeoutException(command + ": another descriptor is on its way to QEMU");
      }
      try {
        return execute(command, arguments, patience, false, descriptor);
      } finally {
        passing.unlock();
      }
    } catch (InterruptedException e) {
      throw interrupted(command);
    }
  }

  private JsonNode execute(
      String command,
      Map<String, ?> arguments,
      Duration patience,
      boolean overtakes,
      @Nullable Integer descriptor)
      throws IOException {
    long end = System.nanoTime() + patience.toNanos();
    try {
      long id = pending.begin(command, overtakes, end);
      ObjectNode line = json.createObjectNode();
      line.put(overtakes ? "exec-oob" : "execute", command);
      if (!arguments.isEmpty()) {
        line.set("arguments", json.valueToTree(arguments));
      }
      line.put("id", id);
      boolean sent = false;
      try {
        send(command, json.writeValueAsBytes(line), end, descriptor);
        sent = true;
      } finally {
        if (!sent) {
          pending.forget(id);
        }
      }
      return pending.await(id, end);
    } catch (InterruptedException e) {
      throw interrupted(command);
    }
  }

  private static InterruptedIOException interrupted(String command) {
    Thread.currentThread().interrupt();
    return new InterruptedIOException(command + ": interrupted while waiting for QEMU");
  }

  private void send(String command, byte[] line, long end, @Nullable Integer descriptor)
      throws IOException, InterruptedException {
    if (!writing.tryLock(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS)) {
      throw new SocketTimeoutException(command + ": not sent: QEMU takes no commands");
    }
    boolean whole = false;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocate(line.length + 1L);
      MemorySegment.copy(line, 0, bytes, ValueLayout.JAVA_BYTE, 0, line.length);
      bytes.set(ValueLayout.JAVA_BYTE, line.length, (byte) '\n');
      Duration left = Duration.ofNanos(Math.max(0, end - System.nanoTime()));
      if (descriptor == null) {
        socket.write(bytes, left);
      } else {
        socket.sendDescriptors(bytes, left, descriptor);
      }
      whole = true;
    } catch (SocketTimeoutException e) {
      throw new SocketTimeoutException(command + ": not sent: QEMU takes no commands");
    } catch (IOException e) {
      // The reader knows better why, if it has seen the end already.
      throw new QmpLostException(socket.name() + ": " + command + ": not sent: QEMU is gone");
    } finally {
      if (!whole) {
        // Half a line may be out, and nobody could tell where the next one begins.
        socket.shutdown();
      }
      writing.unlock();
    }
  }

  /**
   * An event of QEMU. Immutable.
   *
   * @param name such as STOP, RESUME, MIGRATION, COLO_EXIT
   * @param data of the event, or an empty object
   * @param number ascending, in the order of arrival
   * @param nanos {@link System#nanoTime} when it happened, by QEMU's clock
   */
  public record Event(String name, JsonNode data, long number, long nanos) {}

  /** Returns the number of the newest event so far, to wait for later ones only; 0 for none. */
  public long lastEvent() {
    return events.last();
  }

  /**
   * Waits for an event that comes after another one; the newest thousand are remembered.
   *
   * @param after number of an event
   * @return nothing if the time is over
   * @throws QmpLostException if QEMU is gone, and no event that came before is wanted
   */
  public Optional<Event> awaitEvent(long after, Predicate<Event> wanted, Duration patience)
      throws IOException {
    try {
      return events.await(after, wanted, patience.toNanos());
    } catch (InterruptedException e) {
      throw interrupted("an event");
    }
  }

  /** Ends the connection; who waits for an answer is told. QEMU goes on. */
  @Override
  public void close() throws IOException {
    if (closed.getAndSet(true)) {
      return;
    }
    socket.shutdown();
    try {
      if (reader.getState() == Thread.State.NEW || reader.join(LAST_PATIENCE)) {
        lines.close();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // its memory goes with the process
    } finally {
      socket.close();
    }
  }
}
