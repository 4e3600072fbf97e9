package dev.cairn.tests.crash;

import dev.cairn.store.io.MemoryDirectory;
import dev.cairn.tests.history.History;
import dev.cairn.tests.history.Model;
import dev.cairn.tests.history.Op;
import dev.cairn.tests.history.RealStore;
import dev.cairn.tests.kill.LeftOver;
import java.io.IOException;
import java.util.List;

/**
 * Looks whether a disk has lost anything: the store opens and is as it was at the newest
 * acknowledgement, or as after what was under way; every retained point is exact, the others are
 * refused, {@code verify} finds nothing; the next writer goes on and leaves nothing over.
 */
final class StateCheck {
  private static final long SEED = 7;

  private final Scenario.Recording recording;

  StateCheck(Scenario.Recording recording) {
    this.recording = recording;
  }

  /**
   * Fails if something is lost.
   *
   * @param acknowledged the newest model that somebody relies on
   * @param thoroughly whether all is looked at again after what comes next
   */
  void check(MemoryDirectory disk, int acknowledged, boolean thoroughly) throws IOException {
    List<Model> models = recording.models();
    List<Model> allowed = models.subList(acknowledged, Math.min(models.size(), acknowledged + 2));
    RealStore real = new RealStore(disk, SEED);
    History history = History.over(real, allowed);
    if (recording.scenario().rot()) {
      repair(history);
    }
    history.checkAll();
    history.apply(recording.scenario().next());
    history.checkTip(History.FIRST);
    for (String chain : real.chainNames()) {
      if (!chain.equals(History.FIRST)) {
        history.apply(new Op.Label(chain, history.tip(chain), "whoever writes to it next"));
      }
    }
    if (thoroughly || !LeftOver.of(real.root()).files().isEmpty()) {
      history.apply(new Op.Fork(History.FIRST, history.tip(History.FIRST), "made-next"));
    }
    requireSwept(real);
    if (thoroughly) {
      history.apply(new Op.Compact(History.FIRST));
      requireSwept(real);
      history.checkAll();
    }
  }

  /** A repair that was cut off is begun again, and ends as the first one would have. */
  private void repair(History history) throws IOException {
    if (!history.repair(History.FIRST)) {
      throw new AssertionError("nothing is intact");
    }
    history.requireSame(recording.models().getLast());
  }

  private static void requireSwept(RealStore real) throws IOException {
    for (String chain : real.chainNames()) {
      requireNothing(chain, LeftOver.of(real.chain(chain)));
    }
    requireNothing("the store", LeftOver.of(real.root()));
  }

  private static void requireNothing(String where, LeftOver left) {
    if (!left.files().isEmpty()) {
      throw new AssertionError("the next writer has left in " + where + ": " + left.files());
    }
  }
}
