package dev.cairn.tests.powercut;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** Makes of a recording what power cuts may leave, and checks each. Used by one thread. */
final class Replay {
  /** Cuts are looked at in rounds of so many, each in the order of the log. */
  private static final int ROUND = 100;

  private final Recording recording;
  private final Plan plan;
  private final List<BlockLog.Request> log;
  private final Check check = new Check();
  private final Set<Integer> places = new HashSet<>();
  private int images;

  Replay(Recording recording, Plan plan) {
    this.recording = recording;
    this.plan = plan;
    this.log = recording.disk().requests();
  }

  /** Where a disk is put, and where it is mounted. */
  record Bench(Path disk, Path mounted) {
    Path store() {
      return mounted.resolve("store");
    }
  }

  /**
   * How far to go. After the first round, time ends it, too.
   *
   * @param flushesBack see {@link Platter}
   */
  record Limits(int images, long seconds, int flushesBack) {}

  /**
   * Tells whether nothing is lost; stops at the first cut that loses something, or cannot be looked
   * at, with the disk as that cut leaves it.
   */
  boolean run(Bench bench, Limits limits, Random random) throws IOException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(limits.seconds());
    List<Cut> cuts = Cut.all(log, recording.acknowledged().getFirst(), random);
    int most = Math.min(limits.images(), cuts.size());
    while (images < most && (images == 0 || System.nanoTime() < end)) {
      List<Cut> round = new ArrayList<>(cuts.subList(images, Math.min(images + ROUND, most)));
      round.sort(Comparator.comparingInt(Cut::at));
      Platter platter = new Platter(recording.disk(), limits.flushesBack());
      for (Cut cut : round) {
        images++;
        places.add(cut.at());
        Files.write(bench.disk(), platter.after(cut));
        if (!isPassed(bench, cut, platter, limits)) {
          return false;
        }
      }
    }
    return true;
  }

  /**
   * Tells whether a cut shows no loss; else, and if it cannot be looked at, leaves the disk as it
   * was then. A disk that lies costs the file system, too: another cut of it shows more.
   */
  private boolean isPassed(Bench bench, Cut cut, Platter platter, Limits limits)
      throws IOException {
    boolean passed = false;
    try {
      passed = isSound(bench, cut);
    } catch (IOException e) {
      if (limits.flushesBack() == 1) {
        throw e;
      }
      passed = true;
    } finally {
      if (!passed) {
        Files.write(bench.disk(), platter.after(cut));
      }
    }
    return passed;
  }

  /**
   * Tells whether the store has lost nothing.
   *
   * @throws IOException if the file system cannot be mounted, or has damage itself: that says
   *     nothing of the store
   */
  private boolean isSound(Bench bench, Cut cut) throws IOException {
    int step = recording.stepBefore(cut.at());
    List<Expected> allowed = new ArrayList<>(List.of(plan.after(step)));
    if (step + 1 < plan.steps().size()) {
      allowed.add(plan.after(step + 1));
    }
    try (Mount _ = new Mount(bench.disk(), bench.mounted())) {
      try {
        check.run(bench.store(), allowed);
      } catch (IOException | InterruptedException | RuntimeException | AssertionError e) {
        System.out.printf("lost at image %d, %s, in %s: %s%n", images, cut, plan.next(step), e);
        e.printStackTrace(System.out);
        return false;
      }
    }
    Programs.run("e2fsck", "-f", "-n", bench.disk().toString());
    return true;
  }

  /** Returns the figures. */
  String summary() {
    return "%d steps, %d writes and %d flushes logged, cut at %d places, %d images mounted and"
            .formatted(
                plan.steps().size(),
                log.stream().filter(BlockLog.Request.Write.class::isInstance).count(),
                log.stream().filter(BlockLog.Request.Flush.class::isInstance).count(),
                places.size(),
                images)
        + " checked, files left over in "
        + check.leftOver();
  }
}
