package dev.cairn.tools.demo;

import dev.cairn.chain.PointView;
import dev.cairn.chain.Progress;
import dev.cairn.chain.Restorer;
import dev.cairn.tools.linux.LinuxException;
import dev.cairn.tools.linux.UserFault;
import java.io.DataInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The second half of the demo: a restore point comes to life in a second process. */
final class RestorePhase {
  private static final int LOOK_UPS = 1_000;
  private static final int OPERATIONS = 100_000;

  /**
   * What came of it. Immutable.
   *
   * @param failures what was found wrong, in words
   * @param onDemand whether pages came as they were touched
   * @param times of page faults; none after a prefill
   */
  record Outcome(List<String> failures, boolean onDemand, ServiceTimes times) {}

  /** What the restored guest says of its memory. */
  private record Verified(
      List<String> findings, long sequence, long accounts, long sum, RegionDigests digests) {
    static Verified read(DataInputStream in) throws IOException {
      return new Verified(
          GuestProtocol.readTexts(in),
          in.readLong(),
          in.readLong(),
          in.readLong(),
          RegionDigests.read(in));
    }
  }

  private final DemoOptions options;
  private final DemoConsole console;
  private final Spoiler spoiler;
  private final List<String> failures = new ArrayList<>();

  RestorePhase(DemoOptions options, DemoConsole console) {
    this.options = options;
    this.console = console;
    this.spoiler = new Spoiler(options.spoiled());
  }

  /** Restores a point and compares it with what was recorded when it was taken. */
  Outcome run(PointView view, CapturePhase.Audit audit) throws IOException {
    try (GuestProcess guest =
        GuestProcess.start(
            GuestProtocol.RESTORED, options.memoryBytes(), options.tracker(), options.deadline())) {
      FaultServer faults = takeFaults(guest, view);
      if (faults == null) {
        prefill(guest, view);
        check(guest, audit, new ServiceTimes());
        return new Outcome(List.copyOf(failures), false, new ServiceTimes());
      }
      try (faults) {
        faults.start();
        guest.out().writeBoolean(false);
        check(guest, audit, faults.times());
      }
      return new Outcome(List.copyOf(failures), true, faults.times());
    }
  }

  /** Takes over the guest's page faults; null if it is to be prefilled. */
  private @Nullable FaultServer takeFaults(GuestProcess guest, PointView view) throws IOException {
    String missing = guest.call(in -> in.readUTF());
    long base = missing.isEmpty() ? guest.call(in -> in.readLong()) : 0;
    int number = missing.isEmpty() ? guest.call(in -> in.readInt()) : 0;
    console.line(
        String.format(
            Locale.ROOT,
            "second guest process %d: empty memory of %d MiB",
            guest.pid(),
            options.memoryBytes() >> 20));
    if (options.fill() == DemoOptions.Fill.PREFILL) {
      return null;
    }
    try {
      if (missing.isEmpty()) {
        return new FaultServer(UserFault.takeFrom(guest.pid(), number), base, view, spoiler);
      }
    } catch (LinuxException e) {
      missing = String.valueOf(e.getMessage());
    }
    if (options.fill() == DemoOptions.Fill.ON_DEMAND) {
      throw new IOException("this kernel does not hand over page faults: " + missing);
    }
    console.line("this kernel does not hand over page faults: " + missing);
    return null;
  }

  private void prefill(GuestProcess guest, PointView view) throws IOException {
    long start = System.nanoTime();
    guest.out().writeBoolean(true);
    try (GuestFill fill = new GuestFill(guest.out(), spoiler)) {
      new Restorer(view, fill, Progress.NONE).run(1);
    }
    console.line(
        String.format(
            Locale.ROOT, "filled before it began, in %.0f ms", (System.nanoTime() - start) / 1e6));
  }

  private void check(GuestProcess guest, CapturePhase.Audit audit, ServiceTimes times)
      throws IOException {
    lookUp(guest, times);
    verify(guest, audit, times);
    goOn(guest, audit);
  }

  private void lookUp(GuestProcess guest, ServiceTimes times) throws IOException {
    guest.out().writeByte(GuestProtocol.LOOK_UP);
    guest.out().writeInt(LOOK_UPS);
    long nanos = guest.call(in -> in.readLong());
    int whole = guest.call(in -> in.readInt());
    console.line(
        String.format(
            Locale.ROOT,
            "it answered %d look-ups in %.0f ms%s",
            LOOK_UPS,
            nanos / 1e6,
            times.count() == 0 ? "" : ", with " + times.count() + " pages in place"));
    if (whole != LOOK_UPS) {
      failures.add((LOOK_UPS - whole) + " of " + LOOK_UPS + " look-ups found no whole account");
    }
  }

  private void verify(GuestProcess guest, CapturePhase.Audit audit, ServiceTimes times)
      throws IOException {
    guest.out().writeByte(GuestProtocol.VERIFY);
    Verified found = guest.call(Verified::read);
    found.findings.forEach(finding -> failures.add("the restored guest: " + finding));
    if (found.sequence != audit.sequence()) {
      failures.add("last operation: expected " + audit.sequence() + ", found " + found.sequence);
    }
    int differences = found.digests.differences(audit.digests());
    if (differences != 0) {
      failures.add(differences + " regions of 4 MiB differ from what was captured");
    }
    if (times.count() > 0) {
      console.line(
          String.format(
              Locale.ROOT,
              "%d page faults, %d of them zero pages; from message to answer p50 %.0f µs, p99 %.0f µs",
              times.count(),
              times.zeros(),
              times.micros(0.5),
              times.micros(0.99)));
    }
    if (found.findings.isEmpty()) {
      console.line(
          String.format(
              Locale.ROOT,
              "its invariant holds: %d accounts, sum %d, as after operation %d",
              found.accounts,
              found.sum,
              found.sequence));
    }
    if (differences == 0) {
      console.line(
          "all "
              + found.digests.hex().size()
              + " regions have the SHA-256 that the first guest recorded then");
    }
  }

  private void goOn(GuestProcess guest, CapturePhase.Audit audit) throws IOException {
    if (!failures.isEmpty()) {
      return;
    }
    guest.out().writeByte(GuestProtocol.GO_ON);
    guest.out().writeInt(OPERATIONS);
    List<String> findings = guest.call(GuestProtocol::readTexts);
    long sequence = guest.call(in -> in.readLong());
    findings.forEach(finding -> failures.add("the restored guest, later: " + finding));
    if (sequence <= audit.sequence()) {
      failures.add("the restored guest did not go on");
    }
    console.line("it went on to operation " + sequence + (findings.isEmpty() ? ", and holds" : ""));
  }
}
