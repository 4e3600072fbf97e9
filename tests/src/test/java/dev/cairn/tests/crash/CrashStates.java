package dev.cairn.tests.crash;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;

/**
 * All states of one recording, each looked at once: a power cut after every event, with the
 * combinations of {@link PowerCut}. Safe for use by several threads.
 */
final class CrashStates {
  /** A state after which something was relied on. */
  private record Seen(DiskState.Digest digest, int acknowledged) {}

  private final Scenario.Recording recording;
  private final long seed;
  private final Set<Seen> seen = ConcurrentHashMap.newKeySet();
  private final AtomicInteger checked = new AtomicInteger();
  private final AtomicReference<String> loss = new AtomicReference<>();

  /**
   * @param seed of what is drawn
   */
  CrashStates(Scenario.Recording recording, long seed) {
    this.recording = recording;
    this.seed = seed;
  }

  /** Returns how many distinct states were looked at. */
  int count() {
    return checked.get();
  }

  /**
   * Looks at states, until something is lost.
   *
   * @param samples drawn for each cut
   * @return what was lost, and in which state
   */
  Optional<String> run(int samples) {
    List<DiskEvent> events = recording.events();
    int first = events.indexOf(new DiskEvent.Acknowledged(0)) + 1;
    IntStream.rangeClosed(first, events.size()).parallel().forEach(cut -> cutAt(cut, samples));
    return Optional.ofNullable(loss.get());
  }

  private void cutAt(int cut, int samples) {
    List<DiskEvent> before = recording.events().subList(0, cut);
    int acknowledged =
        before.stream()
            .mapToInt(event -> event instanceof DiskEvent.Acknowledged a ? a.model() : -1)
            .max()
            .orElseThrow();
    Random random = new Random(seed + cut);
    try {
      new PowerCut(before)
          .visit(
              samples,
              random,
              state -> {
                Seen look = new Seen(state.digest(), acknowledged);
                if (loss.get() == null && seen.add(look)) {
                  check(state, cut, look);
                }
              });
    } catch (IOException e) {
      loss.compareAndSet(null, "cut after event " + cut + ": " + e);
    }
  }

  private void check(DiskState state, int cut, Seen look) throws IOException {
    checked.incrementAndGet();
    try {
      boolean thoroughly = look.digest.low() % 8 == 0;
      new StateCheck(recording).check(state.disk(), look.acknowledged, thoroughly);
    } catch (IOException | RuntimeException | AssertionError e) {
      loss.compareAndSet(
          null,
          recording.scenario()
              + ", cut after event "
              + cut
              + " "
              + recording.events().get(cut - 1)
              + ", acknowledged "
              + look.acknowledged
              + ": "
              + e
              + "\n"
              + state);
    }
  }
}
