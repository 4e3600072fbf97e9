package dev.cairn.tools.capture;

import dev.cairn.tools.linux.UnixSocket;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/** A socketpair, of which QEMU gets one end by {@code getfd}: nothing to secure, nobody else. */
final class PassedDoor implements Door {
  @Override
  public Opening open(RunningQemu qemu) throws IOException {
    List<UnixSocket> pair = UnixSocket.pair("QEMU's fd:" + Attachment.DESCRIPTOR);
    UnixSocket ours = pair.get(0);
    boolean done = false;
    try (UnixSocket theirs = pair.get(1)) {
      qemu.qmp()
          .executeWith(
              theirs.number(),
              "getfd",
              Map.of("fdname", Attachment.DESCRIPTOR),
              Duration.ofSeconds(10));
      done = true;
      return new Passed(ours);
    } finally {
      if (!done) {
        ours.close();
      }
    }
  }

  private static final class Passed implements Opening {
    private final UnixSocket ours;
    private boolean handedOut;

    Passed(UnixSocket ours) {
      this.ours = ours;
    }

    @Override
    public String uri() {
      return "fd:" + Attachment.DESCRIPTOR;
    }

    @Override
    public OptionalInt early() {
      return OptionalInt.of(ours.number());
    }

    @Override
    public End end() {
      handedOut = true;
      return new End(ours, ours.number());
    }

    @Override
    public void close() {
      if (!handedOut) {
        ours.shutdown();
        ours.close();
      }
    }
  }
}
