package dev.cairn.tests.crash;

import dev.cairn.store.io.MemoryDirectory;
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

  /** Looks whether a disk has lost anything; safe for use by several threads. */
  @FunctionalInterface
  interface Check {
    /**
     * Fails if something is lost.
     *
     * @param acknowledged the newest model that somebody relies on
     * @param thoroughly whether more is looked at than in each state
     */
    void check(MemoryDirectory disk, int acknowledged, boolean thoroughly) throws IOException;
  }

  private final String name;
  private final List<DiskEvent> events;
  private final Check check;
  private final long seed;
  private final Set<Seen> seen = ConcurrentHashMap.newKeySet();
  private final AtomicInteger checked = new AtomicInteger();
  private final AtomicReference<String> loss = new AtomicReference<>();

  /**
   * @param seed of what is drawn
   */
  CrashStates(Scenario.Recording recording, long seed) {
    this(
        recording.scenario().toString(),
        recording.events(),
        new StateCheck(recording)::check,
        seed);
  }

  /**
   * @param name for people
   * @param events from where the first model is acknowledged on
   */
  CrashStates(String name, List<DiskEvent> events, Check check, long seed) {
    this.name = name;
    this.events = List.copyOf(events);
    this.check = check;
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
    int first = events.indexOf(new DiskEvent.Acknowledged(0)) + 1;
    IntStream.rangeClosed(first, events.size()).parallel().forEach(cut -> cutAt(cut, samples));
    return Optional.ofNullable(loss.get());
  }

  private void cutAt(int cut, int samples) {
    List<DiskEvent> before = events.subList(0, cut);
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
      check.check(state.disk(), look.acknowledged, thoroughly);
    } catch (IOException | RuntimeException | AssertionError e) {
      loss.compareAndSet(
          null,
          name
              + ", cut after event "
              + cut
              + " "
              + events.get(cut - 1)
              + ", acknowledged "
              + look.acknowledged
              + ": "
              + e
              + "\n"
              + state);
    }
  }
}
