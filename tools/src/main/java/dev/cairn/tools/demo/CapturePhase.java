package dev.cairn.tools.demo;

import dev.cairn.chain.Chain;
import dev.cairn.chain.Checkpointer;
import dev.cairn.chain.Progress;
import dev.cairn.tools.linux.AnonymousMemory;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The first half of the demo: a guest works, and is checkpointed while it does. */
final class CapturePhase {
  private static final int COMPARING_THREADS = 2;

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
   * @param pauseMicros of each checkpoint but the first
   * @param dirtyPages of all checkpoints but the first
   * @param tracker how dirty pages were found
   */
  record Outcome(
      List<Audit> audits,
      List<String> failures,
      ServiceTimes pauseMicros,
      long dirtyPages,
      HeatMap heat,
      String tracker) {}

  private final Chain chain;
  private final DemoOptions options;
  private final DemoConsole console;
  private final List<Audit> audits = new ArrayList<>();
  private final List<String> failures = new ArrayList<>();
  private final ServiceTimes pauses = new ServiceTimes();
  private final HeatMap heat;
  private long dirtyPages;
  private long late;

  CapturePhase(Chain chain, DemoOptions options, DemoConsole console) {
    this.chain = chain;
    this.options = options;
    this.console = console;
    this.heat = new HeatMap(options.memoryBytes() / AnonymousMemory.PAGE_BYTES);
  }

  Outcome run() throws IOException {
    try (GuestProcess guest =
        GuestProcess.start(
            GuestProtocol.RUN, options.memoryBytes(), options.tracker(), options.deadline())) {
      String tracker = greet(guest);
      Map<Integer, String> labels =
          Map.of(options.points() / 3, "early", options.points() * 2 / 3, "late");
      Checkpointer checkpointer = new Checkpointer(chain);
      long next = System.nanoTime();
      for (int i = 0; i < options.points(); i++) {
        next = waitFor(next);
        boolean last = i == options.points() - 1;
        String label = last ? "last" : labels.getOrDefault(i, "");
        checkpoint(guest, checkpointer, i == 0, label);
      }
      console.line(
          String.format(
              Locale.ROOT,
              "%d checkpoints, one every %d ms%s; %d dirty pages; the guest stood still for"
                  + " p50 %.1f ms, at most %.1f ms",
              options.points(),
              DemoOptions.INTERVAL.toMillis(),
              late == 0 ? "" : ", " + late + " of them late",
              dirtyPages,
              pauses.micros(0.5) / 1e3,
              pauses.micros(1) / 1e3));
      return new Outcome(
          List.copyOf(audits), List.copyOf(failures), pauses, dirtyPages, heat, tracker);
    }
  }

  /** Reads what the guest says of itself. */
  private String greet(GuestProcess guest) throws IOException {
    String tracker = guest.call(in -> in.readUTF());
    String notKernel = guest.call(in -> in.readUTF());
    long accounts = guest.call(in -> in.readLong());
    console.line(
        String.format(
            Locale.ROOT,
            "guest process %d: %d accounts in %d MiB of memory",
            guest.pid(),
            accounts,
            options.memoryBytes() >> 20));
    if (!notKernel.isEmpty()) {
      console.line("this kernel does not tell dirty pages: " + notKernel);
    }
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
