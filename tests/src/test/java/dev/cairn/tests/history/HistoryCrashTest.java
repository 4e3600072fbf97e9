package dev.cairn.tests.history;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.cairn.store.file.FrameCodec;
import dev.cairn.store.io.MemoryDirectory;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Every operation is stopped at every one of its calls: by a failure, by the process's death, by a
 * power cut that loses what was not synced. Each time the store opens, is clean, and holds every
 * retained point of before or of after, and what was acknowledged in any case.
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

  @ParameterizedTest
  @EnumSource
  void aPowerCutAtAnyMomentLosesNothingThatWasAcknowledged(Journal.Luck luck) throws IOException {
    List<Integer> acknowledged = new ArrayList<>();
    List<Model> models = new ArrayList<>();
    Journal journal = record(acknowledged, models);
    Random random = new Random(4);
    int at = 0;
    for (int changes = acknowledged.getFirst(); changes <= journal.size(); changes++) {
      while (at + 1 < acknowledged.size() && acknowledged.get(at + 1) <= changes) {
        at++;
      }
      List<Model> allowed = models.subList(at, Math.min(models.size(), at + 2));
      for (int i = luck == Journal.Luck.SOME ? 4 : 1; i > 0; i--) {
        String what = luck + ", after " + changes + " changes, acknowledged: " + at;
        try {
          MemoryDirectory disk = journal.after(changes, luck, random);
          History history = History.over(new RealStore(disk, 7), allowed);
          history.checkAll();
          history.apply(List.of(delta("vm", fill(9, 9)), new Op.Compact("vm")));
          history.checkAll();
        } catch (IOException | RuntimeException | AssertionError e) {
          fail(what + ": " + e, e);
        }
      }
    }
  }

  /** Does everything once; notes how long the journal was at each acknowledgement. */
  private static Journal record(List<Integer> acknowledged, List<Model> models) throws IOException {
    Journal journal = new Journal();
    RealStore real = new RealStore(1, process -> new RecordingDirectory(process, journal));
    History history = History.begin(real, (_, _) -> false);
    List<Op> ops = new ArrayList<>(BEFORE);
    ops.addAll(OPERATIONS);
    acknowledged.add(journal.size());
    models.add(history.model().copy());
    for (Op op : ops) {
      history.apply(op);
      acknowledged.add(journal.size());
      models.add(history.model().copy());
    }
    return journal;
  }
}
