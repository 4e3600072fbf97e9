package dev.cairn.tests.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.chain.Edit;
import dev.cairn.store.RefusedException;
import dev.cairn.tests.damage.Crew;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/**
 * Each call of each operation fails in each way. The operation fails with one line, or its result
 * is right; then a new process finds every point exact, verify is clean, and the next writer works.
 */
class FaultsTest {
  /** One failure. */
  private record Fault(Scenario scenario, Kind kind, long call) {}

  private final Map<Scenario, States> states = new HashMap<>();
  private final Map<Kind, AtomicLong> failed = new EnumMap<>(Kind.class);
  private final Map<Kind, AtomicLong> survived = new EnumMap<>(Kind.class);
  private final AtomicLong dead = new AtomicLong();

  @Test
  void everyCallOfEveryOperationFailsInEveryWay() throws Exception {
    List<Fault> all = new ArrayList<>();
    for (Kind kind : Kind.values()) {
      failed.put(kind, new AtomicLong());
      survived.put(kind, new AtomicLong());
    }
    for (Scenario scenario : Scenario.all()) {
      States clean = States.of(scenario);
      states.put(scenario, clean);
      for (Kind kind : Kind.values()) {
        long calls = count(scenario, kind);
        for (long call = 1; call <= calls; call++) {
          all.add(new Fault(scenario, kind, call));
        }
      }
    }
    Crew.work(all, () -> this::strike);
    long sum = 0;
    for (Kind kind : Kind.values()) {
      long of = of(failed, kind).get() + of(survived, kind).get();
      sum += of;
      System.out.println(
          "failing calls "
              + kind
              + ": "
              + of
              + ", of which the operation survived "
              + of(survived, kind));
      assertTrue(of(failed, kind).get() > 20, "" + kind);
    }
    System.out.println(
        "failing calls in all "
            + sum
            + " in "
            + states.size()
            + " scenarios; unknown outcomes after"
            + " which the chain refused further commits "
            + dead);
    assertTrue(dead.get() > 10);
  }

  private static AtomicLong of(Map<Kind, AtomicLong> counts, Kind kind) {
    return Objects.requireNonNull(counts.get(kind));
  }

  private static long count(Scenario scenario, Kind kind) throws IOException {
    Scene scene = States.begin(scenario);
    Faults none = new Faults(kind, Long.MAX_VALUE);
    scene.restart(directory -> new FaultyDirectory(directory, none));
    for (Scenario.Step step : scenario.steps()) {
      step.run(scene);
    }
    return none.seen();
  }

  private void strike(Fault fault) throws IOException {
    Scene scene = States.begin(fault.scenario());
    Faults faults = new Faults(fault.kind(), fault.call());
    scene.restart(directory -> new FaultyDirectory(directory, faults));
    int acknowledged = 0;
    boolean success = false;
    try {
      for (Scenario.Step step : fault.scenario().steps()) {
        step.run(scene);
        acknowledged++;
      }
      success = true;
    } catch (IOException e) {
      requireClear(e);
      requireDeadIfUnknown(scene, e);
    }
    assertTrue(faults.hasStruck(), "the call was made");
    of(success ? survived : failed, fault.kind()).incrementAndGet();
    scene.restart(directory -> directory);
    new Aftermath(
            scene,
            Objects.requireNonNull(states.get(fault.scenario())),
            fault.scenario().harmed(),
            fault.kind())
        .check(acknowledged, faults.where());
  }

  private static void requireClear(IOException e) {
    String message = String.valueOf(e.getMessage());
    assertEquals(1, message.lines().count(), message);
    assertTrue(message.length() > 10, message);
  }

  private void requireDeadIfUnknown(Scene scene, IOException e) throws IOException {
    String said = String.valueOf(e.getMessage());
    if (said.contains("/vm/MANIFEST: may have been published")
        && said.startsWith("memory:/store")) {
      dead.incrementAndGet();
      var chain = scene.chain("vm");
      assertThrows(
          RefusedException.class,
          () -> chain.commit(List.of(new Edit.Label(9, "again")), List.of()));
    }
  }
}
