package dev.cairn.tools.command;

import dev.cairn.store.CorruptFileException;
import dev.cairn.tools.capture.Capture;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Many captures in one process, each by a thread of its own. One that fails does not end the
 * others: it is tried again and again, as its machine may come back. {@link #stop} is for any
 * thread.
 */
final class CaptureGroup {
  private static final Duration FIRST_WAIT = Duration.ofSeconds(1);
  private static final Duration LONGEST_WAIT = Duration.ofMinutes(1);
  private static final Duration DRAWING = Duration.ofMillis(200);

  private final RootCommand root;
  private final List<Job> jobs = new ArrayList<>();
  private final StatusLine line;
  private boolean stopped;

  CaptureGroup(RootCommand root, List<CaptureCommand> captures) throws IOException {
    this.root = root;
    this.line = root.console().statusLine();
    for (CaptureCommand capture : captures) {
      jobs.add(new Job(capture.chainName, capture.options(), capture.room));
    }
  }

  /** Captures until all have ended; returns the worst exit code. */
  int run() throws IOException {
    List<Thread> threads = new ArrayList<>();
    for (Job job : jobs) {
      threads.add(Thread.ofPlatform().name("capture-" + job.chain).start(job::work));
    }
    try {
      for (Thread thread : threads) {
        while (!thread.join(DRAWING)) {
          line.draw(this::state);
        }
      }
      line.clear();
    } catch (InterruptedException e) {
      stop();
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while machines were captured");
    }
    return jobs.stream().mapToInt(job -> job.exit).max().orElse(ExitCodes.DONE);
  }

  /** Returns the machines, for those who watch them. */
  List<CaptureMetrics.Machine> machines() {
    return jobs.stream().map(job -> new CaptureMetrics.Machine(job.chain, job::capture)).toList();
  }

  /** Returns how all of them are, and which one is the furthest behind. */
  private String state() {
    Instant now = Instant.now();
    long points = 0;
    String behind = "-";
    Duration oldest = Duration.ZERO;
    for (Job job : jobs) {
      points += job.points();
      Duration age = job.age(now);
      if (age.compareTo(oldest) >= 0) {
        oldest = age;
        behind = job.chain;
      }
    }
    return String.format(
        Locale.ROOT,
        "%d machines, %d points; furthest behind is %s, newest %s old",
        jobs.size(),
        points,
        behind,
        Durations.text(oldest));
  }

  /** Ends all soon: detached, with all that is complete stored. */
  void stop() {
    synchronized (this) {
      stopped = true;
      notifyAll();
    }
    jobs.forEach(Job::stop);
  }

  private synchronized boolean isStopped() {
    return stopped;
  }

  private synchronized void sleep(Duration time) throws InterruptedException {
    long end = System.nanoTime() + time.toNanos();
    for (long left = time.toNanos(); left > 0 && !stopped; left = end - System.nanoTime()) {
      wait(left / 1_000_000, (int) (left % 1_000_000));
    }
  }

  /** A machine that is to be captured. */
  private final class Job {
    private final String chain;
    private final CaptureReport report;
    private final RoomOptions room;
    private Capture.Options left;
    private final Instant since = Instant.now();

    /** Points of attempts that have ended. */
    private final AtomicLong before = new AtomicLong();

    private int exit;
    private volatile @Nullable CaptureRun run;

    Job(String chain, Capture.Options options, RoomOptions room) {
      this.chain = chain;
      this.left = options;
      this.room = room;
      this.report = CaptureReport.oneOfMany(root.console(), chain, line);
    }

    void work() {
      Duration wait = FIRST_WAIT;
      String said = "";
      while (!isStopped()) {
        long begin = System.nanoTime();
        CaptureRun attempt = new CaptureRun(root, chain, left, room, report);
        run = attempt;
        if (isStopped()) {
          return; // it was not told to stop
        }
        try {
          attempt.run(() -> {});
          return;
        } catch (CorruptFileException e) {
          report.warn(e.getMessage() + "; this machine is captured no more");
          exit = ExitCodes.of(e);
          return;
        } catch (IOException | RuntimeException e) {
          String why = String.valueOf(e.getMessage());
          if (left.count() > 0 && pointsOf(attempt) >= left.count()) {
            report.warn(why + "; all its points are stored: only its end has failed");
            exit = ExitCodes.of(e);
            return; // what is not put back is the guardian's
          }
          if (Duration.ofNanos(System.nanoTime() - begin).compareTo(LONGEST_WAIT) > 0) {
            wait = FIRST_WAIT;
          }
          if (!why.equals(said)) {
            report.warn(why + "; it is tried again and again");
            said = why;
          }
        }
        long attemptPoints = pointsOf(attempt);
        run = null;
        before.addAndGet(attemptPoints);
        if (left.count() > 0) {
          left = left.withCount(left.count() - attemptPoints);
        }
        try {
          sleep(wait);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          return;
        }
        wait =
            wait.multipliedBy(2).compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : wait.multipliedBy(2);
      }
    }

    long points() {
      CaptureRun running = run;
      return before.get() + (running == null ? 0 : pointsOf(running));
    }

    Optional<Capture> capture() {
      CaptureRun running = run;
      return running == null ? Optional.empty() : running.capture();
    }

    private static long pointsOf(CaptureRun attempt) {
      return attempt.capture().map(capture -> capture.stats().points()).orElse(0L);
    }

    Duration age(Instant now) {
      CaptureRun running = run;
      return running == null
          ? Duration.between(since, now)
          : running
              .capture()
              .flatMap(capture -> capture.age(now))
              .orElse(Duration.between(since, now));
    }

    void stop() {
      CaptureRun running = run;
      if (running != null) {
        running.stop();
      }
    }
  }
}
