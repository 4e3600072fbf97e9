package dev.cairn.tools.command;

import dev.cairn.tools.capture.Capture;
import dev.cairn.tools.capture.CaptureEvent;
import dev.cairn.tools.capture.CaptureStats;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;

/** Tells people, or machines by lines of JSON, what a capture does. Thread-safe. */
final class CaptureReport implements Consumer<CaptureEvent> {

  private final Console console;
  private final String chain;

  /** In front of what it says, where there are several. */
  private final String who;

  private final StatusLine line;
  private final long since = System.nanoTime();
  private boolean begun;

  CaptureReport(Console console, String chain) {
    this(console, chain, "", console.statusLine());
  }

  private CaptureReport(Console console, String chain, String who, StatusLine line) {
    this.console = console;
    this.chain = chain;
    this.who = who;
    this.line = line;
  }

  /** Makes one of several that report to one console: each says whom it speaks of. */
  static CaptureReport oneOfMany(Console console, String chain, StatusLine line) {
    return new CaptureReport(console, chain, chain + ": ", line);
  }

  private void note(String format, Object... values) {
    console.note("%s%s", who, String.format(Locale.ROOT, format, values));
  }

  @Override
  public synchronized void accept(CaptureEvent event) {
    if (!(event instanceof CaptureEvent.Point)) {
      line.clear();
    }
    switch (event) {
      case CaptureEvent.Began e -> began(e);
      case CaptureEvent.Point e -> point(e);
      case CaptureEvent.Dropped e -> {
        console.warn(who + "a point was dropped: " + e.why());
        object("dropped", Map.of("why", e.why()));
      }
      case CaptureEvent.Stretched e -> {
        if (e.held().equals(e.asked())) {
          note("points come every %s again", Durations.text(e.asked()));
        } else {
          note(
              "points come every %s, not every %s",
              Durations.text(e.held()), Durations.text(e.asked()));
        }
        object(
            "stretched",
            Map.of("askedMillis", e.asked().toMillis(), "heldMillis", e.held().toMillis()));
      }
      case CaptureEvent.Warning e -> {
        console.warn(who + e.text());
        object("warning", Map.of("text", e.text()));
      }
      case CaptureEvent.Detached _ -> {
        note("detached: the guest runs, and QEMU is as it was before");
        object("detached", Map.of());
      }
    }
  }

  void warn(String text) {
    accept(new CaptureEvent.Warning(text));
  }

  private void began(CaptureEvent.Began e) {
    begun = true;
    note("mode %s: %s; expected pause %s", e.mode(), e.why(), e.pause());
    note("shortest interval that can be held: about %s", Durations.text(e.shortest()));
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("mode", e.mode());
    row.put("why", e.why());
    row.put("expectedPause", e.pause());
    row.put("shortestMillis", e.shortest().toMillis());
    object("mode", row);
  }

  private void point(CaptureEvent.Point e) {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("checkpoint", e.checkpoint());
    row.put("time", e.time().toString());
    row.put("pauseMillis", e.pause().toNanos() / 1e6);
    row.put("pages", e.pages());
    row.put("dirtyBytes", e.pages() * CaptureRun.PAGE);
    row.put("receivedBytes", e.receivedBytes());
    row.put("storedBytes", e.storedBytes());
    row.put("queue", e.queue());
    object("point", row);
  }

  private void object(String type, Map<String, Object> values) {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("message_type", type);
    row.put("chain", chain);
    row.putAll(values);
    console.object(row);
  }

  /** Draws the line, which is another's where there are several. */
  void draw(Capture capture) {
    if (!who.isEmpty()) {
      return;
    }
    CaptureStats stats = capture.stats();
    line.draw(() -> stats.points() == 0 ? first(capture) : text(capture));
  }

  /** Until the first point is stored there is more to wait for than to tell. */
  private String first(Capture capture) {
    CaptureStats stats = capture.stats();
    String seconds = Console.time((System.nanoTime() - since) / 1e9);
    if (capture.queued() > 0) {
      return "first point: it is being stored, " + seconds;
    }
    return stats.ramBytes() == 0
        ? "first point: QEMU is awaited, " + seconds
        : "first point: %s came, of %s of RAM, %s"
            .formatted(
                Console.bytes(stats.arrivedBytes()), Console.bytes(stats.ramBytes()), seconds);
  }

  private static String text(Capture capture) {
    CaptureStats stats = capture.stats();
    return String.format(
        Locale.ROOT,
        "%d points, pause p50 %.1f p99 %.1f ms, dirty %s, stored %s, queue %d, newest %s",
        stats.points(),
        stats.pause(0.5).toNanos() / 1e6,
        stats.pause(0.99).toNanos() / 1e6,
        Console.bytes(stats.lastPages() * CaptureRun.PAGE),
        Console.bytes(stats.storedBytes()),
        capture.queued(),
        capture.age(Instant.now()).map(age -> Durations.text(age) + " old").orElse("-"));
  }

  /** Says what was kept. */
  synchronized void end(Capture capture) {
    line.clear();
    if (!begun) {
      return;
    }
    CaptureStats stats = capture.stats();
    console.note(
        "%s: %d points stored, %d dropped; pause p50 %.1f ms, p99 %.1f ms; dirty %s, stored %s",
        chain,
        stats.points(),
        stats.dropped(),
        stats.pause(0.5).toNanos() / 1e6,
        stats.pause(0.99).toNanos() / 1e6,
        Console.bytes(stats.pages() * CaptureRun.PAGE),
        Console.bytes(stats.storedBytes()));
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("points", stats.points());
    row.put("dropped", stats.dropped());
    row.put("pauseP50Millis", stats.pause(0.5).toNanos() / 1e6);
    row.put("pauseP99Millis", stats.pause(0.99).toNanos() / 1e6);
    row.put("dirtyBytes", stats.pages() * CaptureRun.PAGE);
    row.put("storedBytes", stats.storedBytes());
    object("summary", row);
  }
}
