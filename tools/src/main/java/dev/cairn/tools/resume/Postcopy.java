package dev.cairn.tools.resume;

import dev.cairn.store.StoreException;
import dev.cairn.tools.linux.LinuxException;
import dev.cairn.tools.linux.Pidfd;
import dev.cairn.tools.linux.UnixSocket;
import dev.cairn.tools.migration.Address;
import dev.cairn.tools.migration.Connection;
import dev.cairn.tools.qmp.QmpLostException;
import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Gives a destination a point by postcopy, over as many connections as that takes: where the
 * destination can be asked by QMP, this recovers by itself. Not thread-safe.
 */
final class Postcopy implements Closeable {
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  /** So often it recovers without a single page sent in between. */
  private static final int MOST_IN_VAIN = 3;

  /**
   * What errors say.
   *
   * @param point its name
   * @param again the command that goes on
   */
  record Words(String point, String again) {}

  /** Connects to a destination. */
  @FunctionalInterface
  interface Dial {
    Connection connect(Address address) throws IOException;
  }

  private final Machine machine;
  private final PostcopySource.Supplies supplies;
  private final Tally tally;
  private final @Nullable QmpDestination qmp;
  private final Words words;
  private final Dial dial;
  private final ResumeListener listener;
  private @Nullable Pidfd peer;

  /**
   * Makes one.
   *
   * @param qmp of the destination, if it can be asked
   */
  Postcopy(
      Machine machine,
      PostcopySource.Supplies supplies,
      @Nullable QmpDestination qmp,
      Words words,
      Dial dial,
      ResumeListener listener) {
    this.machine = machine;
    this.supplies = supplies;
    this.tally = supplies.tally();
    this.qmp = qmp;
    this.words = words;
    this.dial = dial;
    this.listener = listener;
  }

  /**
   * Runs it until the destination has all.
   *
   * @param first where the destination listens already
   * @param recovery whether another source has begun it
   * @param next names an address for a recovery, where there is none yet
   */
  void run(Address first, boolean recovery, Supplier<Address> next) throws IOException {
    if (!recovery) {
      Rehearsal.run(machine, supplies.pages());
    }
    PostcopyState state = recovery ? PostcopyState.RECOVERING : PostcopyState.ADVISE;
    Address address = first;
    int inVain = 0;
    while (true) {
      long before = tally.pagesSoFar();
      LinkException failure = feed(address, state);
      if (failure == null) {
        return;
      }
      if (!failure.state().survivesLink()) {
        throw new IOException(
            failure.getMessage()
                + ", before its guest ran: nothing is lost; its log says why; start it and the"
                + " resume again",
            failure);
      }
      if (qmp == null) {
        throw ended(failure, address);
      }
      if (isDone(failure, qmp)) {
        return;
      }
      inVain = tally.pagesSoFar() == before ? inVain + 1 : 0;
      if (inVain > MOST_IN_VAIN) {
        throw paused(failure);
      }
      address = next.get();
      recover(qmp, address, failure);
      state = PostcopyState.RECOVERING;
    }
  }

  /**
   * Serves one connection.
   *
   * @return why it ended too early, or null if all is there
   * @throws TransferPausedException if this side failed after the guest ran: with a damaged file,
   *     say, which can be repaired
   */
  private @Nullable LinkException feed(Address address, PostcopyState first) throws IOException {
    PostcopySource source = new PostcopySource(machine, supplies, first, this::runs);
    try (Connection connection = dial.connect(address)) {
      meet(connection);
      listener.note("feeding " + connection.name());
      source.run(connection);
      return null;
    } catch (LinkException e) {
      return e;
    } catch (InterruptedIOException e) {
      throw e;
    } catch (IOException e) {
      throw source.state().survivesLink() ? paused(e) : e;
    }
  }

  private void recover(QmpDestination there, Address address, LinkException failure)
      throws IOException {
    try {
      there.recover(address);
    } catch (QmpLostException _) {
      throw lost(failure, "");
    } catch (StoreException e) {
      throw paused(e);
    }
  }

  private void runs() {
    listener.note(
        tally.recoveries() == 0
            ? "the guest runs, " + tally.runningMillis() + " ms after the connection"
            : "the guest goes on");
  }

  /** Takes hold of the process at the other end, to know whether it lives on. */
  private void meet(Connection connection) throws IOException {
    close();
    Connection plain = connection instanceof TlsConnection tls ? tls.plain() : connection;
    if (plain instanceof UnixSocket socket) {
      try {
        peer = Pidfd.open(socket.peerPid());
      } catch (LinuxException _) {
        // It is of another namespace.
      }
    }
  }

  /** Tells whether all had come, and only the word of it was lost; fails if nobody is there. */
  private boolean isDone(LinkException failure, QmpDestination there) throws IOException {
    if (!there.survives()) {
      throw lost(failure, "");
    }
    try {
      return there.status().equals("completed");
    } catch (SocketTimeoutException _) {
      return false;
    }
  }

  /** Says what can be said without QMP. */
  private IOException ended(LinkException failure, Address address) throws IOException {
    if (peer == null) {
      boolean hungUp = failure.getCause() instanceof LinkDownException;
      return hungUp
          ? lost(
              failure,
              "; if its QEMU is there all the same (query-migrate says postcopy-paused): there"
                  + " migrate-recover uri="
                  + address.text()
                  + ", then here: "
                  + words.again)
          : paused(failure);
    }
    return peer.awaitEnd(PATIENCE) ? lost(failure, "") : paused(failure);
  }

  private DestinationLostException lost(LinkException failure, String more) {
    return new DestinationLostException(
        failure.getMessage()
            + ": the destination is lost, and with it what its guest did since it ran; the point "
            + words.point
            + " is whole: resume it anew"
            + more,
        failure);
  }

  private TransferPausedException paused(IOException failure) {
    return new TransferPausedException(
        failure.getMessage()
            + ": the destination waits, its guest runs until it needs a page that is missing;"
            + " nothing is lost; to go on"
            + (qmp == null ? ", there migrate-recover, then here: " : ": ")
            + words.again,
        failure);
  }

  @Override
  public void close() {
    if (peer != null) {
      peer.close();
      peer = null;
    }
  }
}
