package dev.cairn.tools.resume;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/** What a resume has done so far. Thread-safe. */
final class Tally {
  private final LongAdder pages = new LongAdder();
  private final LongAdder zeroPages = new LongAdder();
  private final LongAdder bytes = new LongAdder();
  private final LongAdder requests = new LongAdder();
  private final LongAdder served = new LongAdder();
  private final AtomicLong connectedNanos = new AtomicLong();
  private final AtomicLong runningMillis = new AtomicLong(-1);
  private final AtomicLong completeMillis = new AtomicLong(-1);
  private final AtomicLong bytesBeforeRun = new AtomicLong(-1);
  private final LongAdder recoveries = new LongAdder();

  /** The connection stands: times count from now on, unless it is a later one. */
  void connected() {
    connectedNanos.compareAndSet(0, System.nanoTime());
  }

  /** The destination has said that the guest runs, or is about to. */
  void running() {
    runningMillis.compareAndSet(-1, sinceConnected());
    bytesBeforeRun.compareAndSet(-1, bytesSoFar());
  }

  /** The destination has all. */
  void complete() {
    completeMillis.compareAndSet(-1, sinceConnected());
  }

  private long sinceConnected() {
    return (System.nanoTime() - connectedNanos.get()) / 1_000_000;
  }

  void sent(long newPages, long newZeroPages) {
    pages.add(newPages);
    zeroPages.add(newZeroPages);
  }

  void wrote(long count) {
    bytes.add(count);
  }

  void requested() {
    requests.increment();
  }

  /** A request whose pages were not under way already. */
  void served() {
    served.increment();
  }

  void recovered() {
    recoveries.increment();
  }

  long pagesSoFar() {
    return pages.sum() + zeroPages.sum();
  }

  long bytesSoFar() {
    return bytes.sum();
  }

  long requestsSoFar() {
    return requests.sum();
  }

  long recoveries() {
    return recoveries.sum();
  }

  long runningMillis() {
    return runningMillis.get();
  }

  long completeMillis() {
    return completeMillis.get();
  }

  /** Returns it in words. */
  String text() {
    long times = recoveries.sum();
    return "%d pages and %d of zeros, %d requests of the guest%s; %sall was there after %d ms"
        .formatted(
            pages.sum(),
            zeroPages.sum(),
            requests.sum(),
            times == 0 ? "" : times == 1 ? ", recovered once" : ", recovered " + times + " times",
            runningMillis.get() < 0 ? "" : "it ran after " + runningMillis.get() + " ms, ",
            completeMillis.get());
  }

  /** Returns it for machines; times that are not there yet are left out. */
  Map<String, Object> json() {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("pages", pages.sum());
    row.put("zeroPages", zeroPages.sum());
    row.put("bytes", bytes.sum());
    row.put("requests", requests.sum());
    row.put("requestsServed", served.sum());
    row.put("recoveries", recoveries.sum());
    if (bytesBeforeRun.get() >= 0) {
      row.put("bytesBeforeRun", bytesBeforeRun.get());
    }
    if (runningMillis.get() >= 0) {
      row.put("runningMillis", runningMillis.get());
    }
    if (completeMillis.get() >= 0) {
      row.put("completeMillis", completeMillis.get());
    }
    return row;
  }
}
