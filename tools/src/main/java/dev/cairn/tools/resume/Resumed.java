package dev.cairn.tools.resume;

import java.io.Closeable;
import java.io.IOException;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * A point that has been resumed: nothing of the store is needed any more. Where QEMU was started
 * for it, closing this ends that, too. Not thread-safe.
 */
public final class Resumed implements Closeable {
  private final Tally tally;
  private final PrivateDirectory sockets;
  private final @Nullable ExecDestination exec;

  Resumed(Tally tally, PrivateDirectory sockets, @Nullable ExecDestination exec) {
    this.tally = tally;
    this.sockets = sockets;
    this.exec = exec;
  }

  /** Returns what was done, for machines. */
  public Map<String, Object> json() {
    return tally.json();
  }

  /** Returns it in words. */
  public String text() {
    return tally.text();
  }

  /** Tells whether there is a QEMU whose end can be waited for. */
  public boolean isOurs() {
    return exec != null;
  }

  /** Waits for the end of the QEMU that was started, and returns its exit code. */
  public OptionalInt await() throws IOException {
    return exec == null ? OptionalInt.empty() : OptionalInt.of(exec.await());
  }

  @Override
  public void close() throws IOException {
    try (sockets) {
      if (exec != null) {
        exec.close();
      }
    }
  }
}
