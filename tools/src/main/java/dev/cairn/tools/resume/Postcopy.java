package dev.cairn.tools.resume;

import dev.cairn.tools.linux.LinuxException;
import dev.cairn.tools.linux.Pidfd;
import dev.cairn.tools.linux.UnixSocket;
import dev.cairn.tools.migration.Connection;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Gives a destination a point by postcopy, over as many connections as that takes: where the
 * destination can be asked by QMP, this recovers by itself. Not thread-safe.
 */
final class Postcopy {
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

  private final Machine machine;
  private final PostcopySource.Supplies supplies;
  private final Tally tally;
  private final @Nullable QmpDestination qmp;
  private final Words words;
  private final ResumeListener listener;

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
      ResumeListener listener) {
    this.machine = machine;
    this.supplies = supplies;
    this.tally = supplies.tally();
    this.qmp = qmp;
    this.words = words;
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
    PostcopyState state = recovery ? PostcopyState.RECOVERING : PostcopyState.ADVISE;
    Address address = first;
    int inVain = 0;
    while (true) {
      long before = tally.pagesSoFar();
      LinkException failure;
      @Nullable Pidfd peer = null;
      try (Connection connection = address.connect(PATIENCE)) {
        peer = peer(connection);
        listener.note("feeding " + connection.name());
        new PostcopySource(machine, supplies, state, this::runs).run(connection);
        return;
      } catch (LinkException e) {
        failure = e;
      } finally {
        if (peer != null && qmp != null) {
          peer.close();
        }
      }
      if (!failure.state().survivesLink()) {
        throw new IOException(
            failure.getMessage()
                + ", before its guest ran: nothing is lost; its log says why; start it and the"
                + " resume again",
            failure);
      }
      if (qmp == null) {
        throw ended(failure, address, peer);
      }
      if (isDone(failure, qmp)) {
        return;
      }
      inVain = tally.pagesSoFar() == before ? inVain + 1 : 0;
      if (inVain > MOST_IN_VAIN) {
        throw paused(failure);
      }
      address = next.get();
      qmp.recover(address);
      state = PostcopyState.RECOVERING;
    }
  }

  private void runs() {
    listener.note(
        tally.recoveries() == 0
            ? "the guest runs, " + tally.runningMillis() + " ms after the connection"
            : "the guest goes on");
  }

  private static @Nullable Pidfd peer(Connection connection) throws IOException {
    if (!(connection instanceof UnixSocket socket)) {
      return null;
    }
    try {
      return Pidfd.open(socket.peerPid());
    } catch (LinuxException _) {
      return null; // it is of another namespace
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
  private IOException ended(LinkException failure, Address address, @Nullable Pidfd peer)
      throws IOException {
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
    try (peer) {
      return peer.awaitEnd(PATIENCE) ? lost(failure, "") : paused(failure);
    }
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

  private TransferPausedException paused(LinkException failure) {
    return new TransferPausedException(
        failure.getMessage()
            + ": the destination waits, its guest runs until it needs a page that is missing;"
            + " nothing is lost; to go on, there migrate-recover, then here: "
            + words.again,
        failure);
  }
}
