package dev.cairn.tools.linux;

import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.OptionalLong;

/**
 * Owns a handle of a process that stays that process's, whoever gets its number later. Thread-safe.
 */
public final class Pidfd implements Closeable {
  /** Ends a process at once. */
  public static final int SIGKILL = 9;

  /** Asks a process to end. */
  public static final int SIGTERM = 15;

  /** Lets a stopped process go on. */
  public static final int SIGCONT = 18;

  /** Stops a process until SIGCONT. */
  public static final int SIGSTOP = 19;

  private static final long SYS_PIDFD_SEND_SIGNAL = 424;
  private static final long SYS_PIDFD_OPEN = 434;

  /** Of the fields behind the command's name in /proc/PID/stat: proc_pid_stat(5) counts from 3. */
  private static final int START_TIME_FIELD = 22 - 3;

  private final StreamSocket handle;
  private final long pid;

  private Pidfd(StreamSocket handle, long pid) {
    this.handle = handle;
    this.pid = pid;
  }

  /**
   * Returns when a process was started, in ticks since boot: with its number it is that process and
   * no other until the next boot. Empty if there is none.
   */
  public static OptionalLong startTime(long pid) throws IOException {
    String line;
    try {
      line = Files.readString(Path.of("/proc/" + pid + "/stat"), StandardCharsets.ISO_8859_1);
    } catch (NoSuchFileException e) {
      return OptionalLong.empty();
    } catch (IOException e) {
      // It ended between open and read: ESRCH.
      if (Files.exists(Path.of("/proc/" + pid))) {
        throw e;
      }
      return OptionalLong.empty();
    }
    // The name may contain anything, but what comes behind it contains no parenthesis.
    String[] fields = line.substring(line.lastIndexOf(')') + 1).strip().split(" ", -1);
    return OptionalLong.of(Long.parseLong(fields[START_TIME_FIELD]));
  }

  /**
   * Takes hold of a process.
   *
   * @param startTime as {@link #startTime} told
   * @throws LinuxException if that process is gone, whoever has its number now
   */
  public static Pidfd open(long pid, long startTime) throws IOException {
    int fd = LinuxCalls.syscall(SYS_PIDFD_OPEN, pid, 0, 0);
    LinuxException.check("process " + pid, fd);
    Pidfd opened = new Pidfd(new StreamSocket(fd, "process " + pid), pid);
    boolean same = false;
    try {
      // Asked after it was opened: the handle is that of whoever had the number then or later.
      OptionalLong found = startTime(pid);
      if (found.isEmpty() || found.getAsLong() != startTime || !opened.isAlive()) {
        throw new LinuxException("process " + pid, LinuxCalls.ESRCH);
      }
      same = true;
      return opened;
    } finally {
      if (!same) {
        opened.close();
      }
    }
  }

  /** Takes hold of whoever has the number now. */
  public static Pidfd open(long pid) throws IOException {
    OptionalLong startTime = startTime(pid);
    if (startTime.isEmpty()) {
      throw new LinuxException("process " + pid, LinuxCalls.ESRCH);
    }
    return open(pid, startTime.getAsLong());
  }

  public long pid() {
    return pid;
  }

  /** Sends a signal; does nothing if the process has ended. */
  public void signal(int signal) throws IOException {
    int result = handle.use(fd -> LinuxCalls.syscall(SYS_PIDFD_SEND_SIGNAL, fd, signal, 0));
    if (result != -LinuxCalls.ESRCH) {
      LinuxException.check("signal " + signal + " to process " + pid, result);
    }
  }

  /** Tells whether it lives; one that has ended and was not reaped does not. */
  public boolean isAlive() throws IOException {
    return !awaitEnd(Duration.ZERO);
  }

  /** Waits for its end; false if the time is over. */
  public boolean awaitEnd(Duration most) throws IOException {
    return handle.await(SocketCalls.POLLIN, most);
  }

  @Override
  public void close() {
    handle.close();
  }
}
