package dev.cairn.tests.history;

import dev.cairn.chain.retention.RetentionPoint;
import dev.cairn.chain.retention.RetentionRules;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** What a store should hold, as naive as can be: every retained point as a whole machine. */
public final class Model {
  /** One retained point. Immutable. */
  record Kept(Machine machine, String label, Instant time) {
    Kept withLabel(String other) {
      return new Kept(machine, other, time);
    }
  }

  /** One chain. */
  static final class ModelChain {
    final NavigableMap<Long, Kept> points = new TreeMap<>();
    final Set<Long> pins = new TreeSet<>();
    final Map<String, Long> holds = new TreeMap<>();
    long next;

    ModelChain copy() {
      ModelChain copy = new ModelChain();
      copy.points.putAll(points);
      copy.pins.addAll(pins);
      copy.holds.putAll(holds);
      copy.next = next;
      return copy;
    }

    /** Returns the machine at the newest point. */
    Machine machine() {
      return points.isEmpty() ? Machine.NONE : points.lastEntry().getValue().machine();
    }

    void append(Machine machine, String label, Instant time) {
      points.put(next, new Kept(machine, label, time));
      next++;
    }

    /** The tip, pins and holds stay. */
    void forget(long point) {
      boolean tip = !points.isEmpty() && points.lastKey() == point;
      if (!tip && !pins.contains(point) && !holds.containsValue(point)) {
        points.remove(point);
      }
    }

    /**
     * Forgets what rules do not keep, from their definition: of each second, minute and so on the
     * newest point, of the newest so many that have one.
     */
    void retain(RetentionRules rules) {
      Set<Long> kept = new TreeSet<>();
      points.descendingKeySet().stream().limit(rules.last()).forEach(kept::add);
      points.forEach(
          (n, point) -> {
            if (rules.isEmpty() || rules.labels().contains(point.label())) {
              kept.add(n);
            }
          });
      kept.addAll(newest(1, rules.buckets().secondly()));
      kept.addAll(newest(60, rules.buckets().minutely()));
      kept.addAll(newest(3_600, rules.buckets().hourly()));
      kept.addAll(newest(86_400, rules.buckets().daily()));
      for (long n : List.copyOf(points.keySet())) {
        if (!kept.contains(n)) {
          forget(n);
        }
      }
    }

    private List<Long> newest(long seconds, int buckets) {
      Map<Long, Long> newest = new HashMap<>();
      points.forEach((n, point) -> newest.put(point.time().getEpochSecond() / seconds, n));
      return newest.values().stream().sorted(Comparator.reverseOrder()).limit(buckets).toList();
    }

    void label(long point, String label) {
      points.computeIfPresent(point, (_, kept) -> kept.withLabel(label));
    }

    ModelChain fork(long point) {
      ModelChain fork = new ModelChain();
      fork.points.putAll(points.headMap(point, true));
      fork.next = point + 1;
      return fork;
    }

    /** Returns what {@code list} should say. */
    List<RetentionPoint> list() {
      List<RetentionPoint> list = new ArrayList<>();
      points.forEach(
          (n, kept) ->
              list.add(
                  new RetentionPoint(
                      n, kept.time(), kept.label(), pins.contains(n), holds.containsValue(n))));
      return list;
    }
  }

  private final Map<String, ModelChain> chains = new HashMap<>();

  public Model copy() {
    Model copy = new Model();
    chains.forEach((name, chain) -> copy.chains.put(name, chain.copy()));
    return copy;
  }

  Set<String> names() {
    return new TreeSet<>(chains.keySet());
  }

  boolean has(String chain) {
    return chains.containsKey(chain);
  }

  ModelChain chain(String name) {
    return Objects.requireNonNull(chains.get(name), name);
  }

  void put(String name, ModelChain chain) {
    chains.put(name, chain);
  }
}
