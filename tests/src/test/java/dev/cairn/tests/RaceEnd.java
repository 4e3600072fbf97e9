package dev.cairn.tests;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Tells the processes of {@link ReaderRaceTest} when it is over: when its time is and all have done
 * enough, at the latest when its longest time is, or when one has failed. They tell each other by
 * files. Not thread-safe.
 */
final class RaceEnd {
  static final List<String> ALL = List.of("writer1", "merger1", "reader1", "reader2");

  private final Path directory;
  private final long begun = System.nanoTime();
  private final long leastNanos;
  private final long mostNanos;

  RaceEnd(Path directory, long leastSeconds, long mostSeconds) {
    this.directory = directory;
    this.leastNanos = TimeUnit.SECONDS.toNanos(leastSeconds);
    this.mostNanos = TimeUnit.SECONDS.toNanos(mostSeconds);
  }

  private Path failed() {
    return directory.resolve("failed");
  }

  private Path enough(String who) {
    return directory.resolve("enough-" + who);
  }

  /** Tells whether it is over for one of {@link #ALL}. */
  boolean isHere(String who, boolean hasDoneEnough) throws IOException {
    long now = System.nanoTime() - begun;
    if (hasDoneEnough && !Files.exists(enough(who))) {
      Files.createFile(enough(who));
    }
    return Files.exists(failed())
        || now > mostNanos
        || (now > leastNanos && ALL.stream().allMatch(other -> Files.exists(enough(other))));
  }

  void fail(String who) throws IOException {
    Files.writeString(failed(), who);
  }
}
