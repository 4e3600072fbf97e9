package dev.cairn.tools.demo;

import dev.cairn.chain.Chain;
import dev.cairn.chain.Checkpointer;
import dev.cairn.chain.Progress;
import dev.cairn.merge.BackgroundMerger;
import dev.cairn.merge.Policies;
import dev.cairn.tools.linux.AnonymousMemory;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** The first half of the demo: a guest works, and is checkpointed while it does. */
final class CapturePhase {
  private static final int COMPARING_THREADS = 2;

  /** The base, and two with labels. */
  private static final int FEWEST_BEFORE_LAST = 3;

  /**
   * A checkpoint of which the guest itself recorded all bytes. Immutable.
   *
   * @param sequence number of the guest's last operation then
   */
  record Audit(long checkpoint, String label, long sequence, RegionDigests digests) {}

  /**
   * What came of it. Immutable.
   *
   * @param audits from old to new
   * @param failures what was found wrong, in words
   * @param checkpoints taken
   * @param pauses of each checkpoint but the first
   * @param dirtyPages of all checkpoints but the first
   * @param merges made in the background meanwhile
   * @param tracker how dirty pages were found
   */
  record Outcome(
      List<Audit> audits,
      List<String> failures,
      int checkpoints,
      ServiceTimes pauses,
      long dirtyPages,
      int merges,
      HeatMap heat,
      String tracker) {}

  private final Chain chain;
  private final DemoOptions options;
  private final DemoConsole console;
  private final List<Audit> audits = new ArrayList<>();
  private final List<String> failures = new ArrayList<>();
  private final ServiceTimes pauses = new ServiceTimes();
  private final HeatMap heat;
  private final MergeLog merges = new MergeLog();
  private long dirtyPages;
  private long late;
  private int checkpoints;
  private long start;

  CapturePhase(Chain chain, DemoOptions options, DemoConsole console) {
    this.chain = chain;
    this.options = options;
    this.console = console;
    this.heat = new HeatMap(options.memoryBytes() / AnonymousMemory.PAGE_BYTES);
  }

  Outcome run() throws IOException {
    String tracker;
    try (BackgroundMerger merger =
            new BackgroundMerger(
                chain, Policies.of(options.codec()), BackgroundMerger.Limits.DEFAULT, merges);
        GuestProcess guest =
            GuestProcess.start(
                GuestProtocol.RUN, options.memoryBytes(), options.tracker(), options.deadline())) {
      tracker = greet(guest);
      checkpoints(guest, merger);
    }
    failures.addAll(merges.failures());
    console.line(
        String.format(
            Locale.ROOT,
            "%d checkpoints, one every %d ms%s; %d dirty pages; the guest stood still for"
                + " p50 %.1f ms, at most %.1f ms, audits of labelled points not counted",
            checkpoints,
            DemoOptions.INTERVAL.toMillis(),
            late == 0 ? "" : ", " + late + " of them late",
            dirtyPages,
            pauses.micros(0.5) / 1e3,
            pauses.micros(1) / 1e3));
    return new Outcome(
        List.copyOf(audits),
        List.copyOf(failures),
        checkpoints,
        pauses,
        dirtyPages,
        merges.count(),
        heat,
        tracker);
  }

  private void checkpoints(GuestProcess guest, BackgroundMerger merger) throws IOException {
    Checkpointer checkpointer = new Checkpointer(chain);
    long next = System.nanoTime();
    boolean last = false;
    for (int i = 0; !last; i++) {
      next = waitFor(next);
      last = i >= FEWEST_BEFORE_LAST && audits.size() == 2 && isDue(i, 1.0);
      if (!merger.awaitRoom()) {
        throw new IOException(
            "merging has stopped, and chain "
                + chain.name()
                + " has too many layers; see: cairn verify "
                + chain.name());
      }
      checkpoint(guest, checkpointer, i == 0, last ? "last" : label(i));
      merger.ask();
      if (i == 0) {
        // The base takes as long as it takes; the points after it are spread over the time.
        start = System.nanoTime();
      }
    }
  }

  /** Two labels on the way; both after the base, and both whatever the pace. */
  private String label(int checkpoint) {
    if (audits.isEmpty() && checkpoint >= 1 && isDue(checkpoint, 1.0 / 3)) {
      return "early";
    }
    return audits.size() == 1 && isDue(checkpoint, 2.0 / 3) ? "late" : "";
  }

  /** By number or, on a machine that is late, by time. */
  private boolean isDue(int checkpoint, double fraction) {
    long atNanos = (long) (fraction * options.points() * DemoOptions.INTERVAL.toNanos());
    return checkpoint >= (int) (fraction * (options.points() - 1))
        || System.nanoTime() - start >= atNanos;
  }

  /** Reads what the guest says of itself. */
  private String greet(GuestProcess guest) throws IOException {
    String tracker = guest.call(in -> in.readUTF());
    long accounts = guest.call(in -> in.readLong());
    console.line(
        String.format(
            Locale.ROOT,
            "guest process %d: %d accounts in %d MiB of memory",
            guest.pid(),
            accounts,
            options.memoryBytes() >> 20));
    console.line("dirty pages by " + tracker);
    return tracker;
  }

  private void checkpoint(
      GuestProcess guest, Checkpointer checkpointer, boolean first, String label)
      throws IOException {
    boolean audited = !label.isEmpty();
    try (Capture capture = Capture.take(guest, options.memoryBytes(), audited)) {
      capture.findings().forEach(finding -> failures.add("the running guest: " + finding));
      Checkpointer.Result result =
          checkpointer.checkpoint(
              capture,
              new Checkpointer.Options(label, !first, options.codec(), COMPARING_THREADS),
              Progress.NONE);
      checkpoints++;
      long number = result.point().checkpoint();
      capture.digests().ifPresent(d -> audits.add(new Audit(number, label, capture.sequence(), d)));
      if (first) {
        console.line(
            String.format(
                Locale.ROOT,
                "@%d: the whole memory, %d pages that are not zero; the guest stood still for"
                    + " %.0f ms",
                number,
                capture.pages().cardinality(),
                capture.pauseNanos() / 1e6));
      } else {
        pauses.add(capture.pauseNanos(), false);
        dirtyPages += capture.pages().cardinality();
        heat.add(number, capture.pages());
      }
    }
  }

  /** Waits for a tick and returns the next one; one that is missed is left out. */
  private long waitFor(long tick) throws IOException {
    long wait = tick - System.nanoTime();
    long interval = DemoOptions.INTERVAL.toNanos();
    if (-wait > interval) {
      late++;
      return System.nanoTime() + interval;
    }
    try {
      TimeUnit.NANOSECONDS.sleep(wait);
      return tick + interval;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted");
    }
  }
}
