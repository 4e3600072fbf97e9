package dev.cairn.tools.command;

import dev.cairn.tools.capture.Capture;
import dev.cairn.tools.capture.CaptureStats;
import dev.cairn.transport.serve.Exposition;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/** What those who watch captures are told of them. Thread-safe. */
final class CaptureMetrics {
  private static final String PAUSE = "cairn_capture_pause_seconds";

  /**
   * A machine that is to be captured.
   *
   * @param running what captures it now; empty while its machine is away
   */
  record Machine(String chain, Supplier<Optional<Capture>> running) {}

  private record Now(String chain, Optional<Capture> capture) {
    double of(ToDoubleFunction<Capture> figure) {
      return capture.map(c -> figure.applyAsDouble(c)).orElse(0.0);
    }
  }

  private final List<Machine> machines;

  CaptureMetrics(List<Machine> machines) {
    this.machines = List.copyOf(machines);
  }

  /** Returns all metrics as text. */
  String text() {
    List<Now> all = machines.stream().map(m -> new Now(m.chain(), m.running().get())).toList();
    Exposition text = new Exposition();
    gauge(text, all, "up", "1 while the machine is captured, 0 while it is away.", _ -> 1);
    gauge(text, all, "queue", "Checkpoints that are not yet durable.", Capture::queued);
    gauge(
        text,
        all,
        "waiting_for_room",
        "1 while no points are taken for want of room on the disk.",
        capture -> capture.isWaitingForRoom() ? 1 : 0);
    counter(text, all, "points_total", "Points stored.", CaptureStats::points);
    counter(text, all, "dropped_total", "Checkpoints that became no point.", CaptureStats::dropped);
    counter(
        text,
        all,
        "dirty_bytes_total",
        "Bytes of the pages that points brought.",
        stats -> stats.pages() * (double) CaptureRun.PAGE);
    counter(
        text, all, "stored_bytes_total", "Bytes of the points' files.", CaptureStats::storedBytes);
    text.summary(PAUSE, "Seconds that the guest stood still for a checkpoint; the newest 1,024.");
    for (Now now : all) {
      now.capture().map(Capture::stats).ifPresent(stats -> pause(text, now.chain(), stats));
    }
    return text.toString();
  }

  private static void gauge(
      Exposition text, List<Now> all, String name, String help, ToDoubleFunction<Capture> figure) {
    String full = "cairn_capture_" + name;
    text.gauge(full, help);
    all.forEach(now -> text.value(full, "chain", now.chain(), now.of(figure)));
  }

  /** Counts begin anew with each attempt, as those who read counters expect of a restart. */
  private static void counter(
      Exposition text,
      List<Now> all,
      String name,
      String help,
      ToDoubleFunction<CaptureStats> figure) {
    String full = "cairn_capture_" + name;
    text.counter(full, help);
    all.forEach(
        now ->
            text.value(full, "chain", now.chain(), now.of(c -> figure.applyAsDouble(c.stats()))));
  }

  private static void pause(Exposition text, String chain, CaptureStats stats) {
    for (double quantile : new double[] {0.5, 0.99, 1}) {
      String label = quantile == 1 ? "1" : Double.toString(quantile);
      double seconds = stats.pause(quantile).toNanos() / 1e9;
      text.value(PAUSE, "chain", chain, "quantile", label, seconds);
    }
    text.value(PAUSE + "_sum", "chain", chain, stats.pauseTotal().toNanos() / 1e9);
    text.value(PAUSE + "_count", "chain", chain, (double) stats.pauseCount());
  }
}
