package dev.cairn.tests.history;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The random histories find a bug that was planted in the model, and make it small. */
class HistoryShrinkerTest {
  /** The bug: while a point is pinned, the model does not see that others are forgotten. */
  private static boolean isBlind(Model model, Op op) {
    return op instanceof Op.Forget forget
        && model.has(forget.chain())
        && !model.chain(forget.chain()).pins.isEmpty();
  }

  private static boolean fails(List<Op> ops) {
    try {
      History.replay(ops, HistoryShrinkerTest::isBlind);
      return false;
    } catch (IOException | AssertionError e) {
      return true;
    }
  }

  private static List<Op> failingHistory() throws IOException {
    List<Op> ops = new ArrayList<>();
    History history = History.begin(new RealStore(1), HistoryShrinkerTest::isBlind);
    OpGenerator generator = new OpGenerator(new Random(5));
    try {
      while (ops.size() < 2000) {
        Op op = generator.next(history.model());
        ops.add(op);
        history.apply(op);
      }
    } catch (AssertionError found) {
      return ops;
    }
    throw new IllegalStateException("the planted bug was not found");
  }

  @Test
  void aPlantedBugIsFoundAndItsHistoryMadeSmall() throws IOException {
    List<Op> ops = failingHistory();
    List<Op> small = new Shrinker(HistoryShrinkerTest::fails).shrink(ops);
    String code = Code.lines(small);
    assertTrue(fails(small), code);
    // Two checkpoints, so that one can be forgotten; a pin; the forgetting.
    assertTrue(small.size() <= 5, code);
    assertTrue(code.contains("new Op.Pin(\"vm\", "), code);
    for (int i = 0; i < small.size(); i++) {
      List<Op> less = new ArrayList<>(small);
      less.remove(i);
      assertFalse(fails(less), "step " + i + " is not needed: " + code);
    }
  }
}
