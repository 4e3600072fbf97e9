package dev.cairn.tests.crash;

import dev.cairn.tests.history.History;
import dev.cairn.tests.history.Model;
import dev.cairn.tests.history.Op;
import dev.cairn.tests.history.RealStore;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * What is being done when the power goes. Immutable. A new one is a line in {@link Scenarios}.
 *
 * @param name for people
 * @param before what is there, wholly durable
 * @param under what the power cut meets
 * @param rot whether a bit flips before, and a repair is what the power cut meets
 */
record Scenario(String name, List<Op> before, List<Op> under, boolean rot) {
  private static final long SEED = 1;

  /** A page that only the second point sees. */
  private static final int ROTTEN_FILE = 1;

  private static final long ROTTEN_BIT = 8 * 140;

  /** A scenario as it ran. Immutable. */
  record Recording(Scenario scenario, List<DiskEvent> events, List<Model> models) {}

  Scenario(String name, List<Op> before, Op... under) {
    this(name, before, List.of(under), false);
  }

  /**
   * Returns the checkpoint that somebody makes afterwards; nothing but a whole image can be first.
   */
  Op next() {
    return before.isEmpty() ? under.getFirst() : Scenarios.next();
  }

  /** Runs it once, and writes down what it does to the disk. */
  Recording record() throws IOException {
    DiskLog log = new DiskLog();
    List<Model> models = new ArrayList<>();
    RealStore real = new RealStore(SEED, process -> new RecordingDirectory(process, log));
    History history = History.begin(real, (_, _) -> false);
    history.apply(before);
    if (rot) {
      real.rot(History.FIRST, ROTTEN_FILE, ROTTEN_BIT);
    }
    acknowledge(log, models, history.model());
    history.onAcknowledged(model -> acknowledge(log, models, model));
    history.apply(under);
    if (rot) {
      repair(history);
    }
    acknowledge(log, models, history.model());
    return new Recording(this, log.events(), List.copyOf(models));
  }

  /** The rotten page is seen by one point: else the scenario is not what it says. */
  private static void repair(History history) throws IOException {
    int points = history.points(History.FIRST);
    if (!history.repair(History.FIRST) || history.points(History.FIRST) != points - 1) {
      throw new AssertionError("points: " + points + ", now " + history.points(History.FIRST));
    }
  }

  private static void acknowledge(DiskLog log, List<Model> models, Model model) {
    models.add(model.copy());
    log.acknowledged(models.size() - 1);
  }

  @Override
  public String toString() {
    return name;
  }
}
