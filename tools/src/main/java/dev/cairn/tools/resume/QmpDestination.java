package dev.cairn.tools.resume;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cairn.store.RefusedException;
import dev.cairn.tools.linux.Pidfd;
import dev.cairn.tools.migration.Address;
import dev.cairn.tools.qmp.Qmp;
import dev.cairn.tools.qmp.QmpException;
import dev.cairn.tools.qmp.QmpLostException;
import java.io.Closeable;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A destination that is told by QMP what to expect. While its guest misses pages, its main thread
 * may wait for one: commands have deadlines then, and those that matter go out of band. Not
 * thread-safe.
 */
final class QmpDestination implements Closeable {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final Duration SHORT = Duration.ofSeconds(2);
  private static final Duration RECOVERY = Duration.ofSeconds(30);

  private final Qmp qmp;
  private final Pidfd process;

  private QmpDestination(Qmp qmp, Pidfd process) {
    this.qmp = qmp;
    this.process = process;
  }

  /** Connects; a socket that has a name, but not yet anybody who listens, is waited for. */
  static QmpDestination connect(Path socket) throws IOException {
    long end = System.nanoTime() + SHORT.toNanos();
    while (true) {
      try {
        return adopt(Qmp.connect(socket, PATIENCE));
      } catch (ConnectException e) {
        if (System.nanoTime() > end) {
          throw e;
        }
      }
      pause();
    }
  }

  private static QmpDestination adopt(Qmp qmp) throws IOException {
    boolean done = false;
    try {
      QmpDestination made = new QmpDestination(qmp, Pidfd.open(qmp.peerPid()));
      done = true;
      return made;
    } finally {
      if (!done) {
        qmp.close();
      }
    }
  }

  Qmp qmp() {
    return qmp;
  }

  /**
   * Returns the migration's status, such as {@code postcopy-active}; {@code none} if there is none.
   */
  String status() throws IOException {
    return qmp.execute("query-migrate", Map.of(), SHORT).path("status").asText("none");
  }

  /** Checks that it waits for a migration: else it is refused, and nothing is changed. */
  void requireWaiting() throws IOException {
    String state = qmp.execute("query-status", Map.of(), PATIENCE).path("status").asText();
    if (!state.equals("inmigrate")) {
      throw new RefusedException(
          "destination's run state: expected inmigrate, found "
              + state
              + "; start it with -incoming defer; after an interrupted postcopy: --recover");
    }
  }

  /** Checks that both sides speak TLS, or neither: nothing is changed else, and no byte is sent. */
  void requireSecurity(boolean tls) throws IOException {
    String credentials =
        qmp.execute("query-migrate-parameters", Map.of(), PATIENCE).path("tls-creds").asText("");
    if (tls && credentials.isEmpty()) {
      throw new RefusedException(
          "destination's tls-creds: expected the id of a tls-creds-x509 object, found none; there"
              + " object-add it, migrate-set-parameters tls-creds=ID; or leave out --tls-…");
    }
    if (!tls && !credentials.isEmpty()) {
      throw new RefusedException(
          "destination's tls-creds: expected none, found "
              + credentials
              + ": it wants TLS; give --tls-creds DIR or --tls-ca FILE");
    }
  }

  /**
   * Has it listen, unless it does already because it was started so.
   *
   * @param postcopy whether the guest is to run before its memory is there
   * @param given whether somebody has said where it listens
   */
  void begin(boolean postcopy, Address address, boolean given) throws IOException {
    boolean listens = !status().equals("none");
    if (listens && !given) {
      throw new RefusedException(
          "destination's migration: expected none, found "
              + status()
              + ": it listens already; say where by --to, or start it with -incoming defer");
    }
    // With postcopy-preempt it would wait for a second connection, which we do not make.
    Map<String, Boolean> wanted =
        Map.of("postcopy-ram", postcopy, "mapped-ram", false, "postcopy-preempt", false);
    List<Map<String, Object>> changes = new ArrayList<>();
    for (JsonNode capability : qmp.execute("query-migrate-capabilities", Map.of(), PATIENCE)) {
      String name = capability.path("capability").asText();
      Boolean state = wanted.get(name);
      if (state != null && state != capability.path("state").asBoolean()) {
        changes.add(Map.of("capability", name, "state", state));
      }
    }
    if (!changes.isEmpty()) {
      qmp.execute("migrate-set-capabilities", Map.of("capabilities", changes), PATIENCE);
    }
    if (!listens) {
      qmp.execute("migrate-incoming", Map.of("uri", address.text()), PATIENCE);
    }
  }

  /**
   * Has it listen for another source. The link to the last one may be dead without its knowing.
   *
   * @throws RefusedException if it has no postcopy that could go on
   */
  void recover(Address address) throws IOException {
    long end = System.nanoTime() + RECOVERY.toNanos();
    while (true) {
      try {
        qmp.executeOutOfBand("migrate-pause", Map.of(), PATIENCE);
      } catch (QmpException _) {
        // It is not in a postcopy, or paused already: the next command tells.
      }
      try {
        qmp.executeOutOfBand("migrate-recover", Map.of("uri", address.text()), PATIENCE);
        return;
      } catch (QmpException e) {
        if (!mayStillPause() || System.nanoTime() > end) {
          throw new RefusedException(
              "destination's migration: expected postcopy-paused, found "
                  + statusOrWhy()
                  + "; "
                  + e.description()
                  + " If its guest never ran, nothing is lost: start it and the resume again");
        }
      }
      pause();
    }
  }

  /** Tells whether it may be on its way from an active postcopy to a paused one. */
  private boolean mayStillPause() throws IOException {
    try {
      return status().startsWith("postcopy");
    } catch (SocketTimeoutException _) {
      return true; // its main thread waits for a page: it is in a postcopy
    }
  }

  private String statusOrWhy() throws IOException {
    try {
      return status();
    } catch (SocketTimeoutException _) {
      return "no answer";
    }
  }

  private static void pause() throws IOException {
    try {
      Thread.sleep(50);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new java.io.InterruptedIOException("resume interrupted");
    }
  }

  /** Waits until it has ended, or has noticed that the link is gone; tells whether it lives. */
  boolean survives() throws IOException {
    long end = System.nanoTime() + RECOVERY.toNanos();
    while (process.isAlive() && System.nanoTime() < end) {
      try {
        String status = status();
        if (status.equals("postcopy-paused") || status.equals("completed")) {
          return true;
        }
      } catch (SocketTimeoutException _) {
        return true; // its main thread waits for a page
      } catch (QmpLostException _) {
        process.awaitEnd(SHORT);
        continue;
      }
      pause();
    }
    return process.isAlive();
  }

  @Override
  public void close() throws IOException {
    try (process) {
      qmp.close();
    }
  }
}
