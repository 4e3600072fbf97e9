package dev.cairn.tests.history;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.store.file.FrameCodec;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Every operation is stopped at every one of its calls, by a failure or by the process's death.
 * Each time the store opens, is clean, and holds every retained point of before or of after. Power
 * cuts: package crash.
 */
class HistoryCrashTest {
  private static final int MOST_CALLS = 200;

  /** What is there before the operation. */
  private static final List<Op> BEFORE =
      List.of(
          whole("vm", new Op.Length("pc.ram", 4100), new Op.Length("vga", 20), fill(3, 1)),
          delta("vm", fill(3, 2), fill(4097, 5), new Op.Device("devices", 4)),
          delta("vm", fill(3, 3), fill(4098, 6), new Op.Device("devices", 5)),
          new Op.Label("vm", 1, "kept"),
          delta("vm", fill(4, 7), new Op.Length("vga", 0)),
          delta("vm", fill(4, 8)),
          new Op.Hold("vm", 2, "server"),
          new Op.Forget("vm", 1, 1));

  /** The operations. */
  private static final List<Op> OPERATIONS =
      List.of(
          delta("vm", fill(5, 9), new Op.Device("devices", 6), new Op.Length("vga", 30)),
          whole("vm", fill(6, 1)),
          new Op.Merge("vm"),
          new Op.Compact("vm"),
          new Op.Forget("vm", 0, 3),
          new Op.Fork("vm", 3, "other"),
          new Op.Pin("vm", 3, true),
          new Op.Release("vm", "server"));

  private static Op.Change fill(long page, long value) {
    return new Op.Fill("pc.ram", page, value);
  }

  private static Op delta(String chain, Op.Change... changes) {
    return new Op.Checkpoint(chain, new Op.Form(true, FrameCodec.ZSTD, ""), List.of(changes));
  }

  private static Op whole(String chain, Op.Change... changes) {
    return new Op.Checkpoint(chain, new Op.Form(false, FrameCodec.PLAIN, ""), List.of(changes));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void everyCallOfEveryOperationMayFailOrBeTheLast(boolean kill) throws IOException {
    for (Op op : OPERATIONS) {
      int calls = 0;
      boolean struck = true;
      while (struck) {
        calls++;
        assertTrue(calls < MOST_CALLS, op + " makes no end of calls");
        History history = History.of(calls);
        history.apply(BEFORE);
        history.apply(kill ? new Op.Crash(op, calls) : new Op.Fail(op, calls));
        struck = history.real().hasStruck();
        history.checkAll();
        history.apply(List.of(delta("vm", fill(9, 9)), new Op.Compact("vm")));
        history.checkAll();
      }
      assertTrue(calls > 5, op + " makes calls: " + calls);
    }
  }
}
