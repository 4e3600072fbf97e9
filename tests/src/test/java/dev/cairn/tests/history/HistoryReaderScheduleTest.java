package dev.cairn.tests.history;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.chain.Chain;
import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.Checkpointer;
import dev.cairn.chain.Edit;
import dev.cairn.chain.Environment;
import dev.cairn.chain.Progress;
import dev.cairn.chain.Store;
import dev.cairn.chain.manifest.PointSet;
import dev.cairn.store.CorruptFileException;
import dev.cairn.store.NoSuchPointException;
import dev.cairn.store.file.FrameCodec;
import dev.cairn.store.io.HookedDirectory;
import dev.cairn.store.io.MemoryDirectory;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * The first flaw that reviewers found in git's split commit-graph: a reader has read the old list
 * of files, then levels are merged, then it opens files. Here it must begin anew, and never mix.
 */
class HistoryReaderScheduleTest {
  private static final String BLOCK = "pc.ram";
  private static final int POINTS = 6;

  private final Environment environment =
      new Environment(new TestClock(), new Random(3), Duration.ofMillis(100));
  private final List<Machine> machines = new ArrayList<>();

  /** Makes a chain and returns its directory. */
  private MemoryDirectory makeChain() throws IOException {
    MemoryDirectory disk = MemoryDirectory.create();
    machines.clear();
    try (Store store = Store.create(disk.asProcess("maker"), environment);
        Chain chain = store.create("vm", Machine.PAGE)) {
      for (int n = 0; n < POINTS; n++) {
        append(chain, n);
      }
    }
    return disk.openDirectory("chains").openDirectory("vm");
  }

  /** Every point writes the same page: what is merged and forgotten is in no file any more. */
  private void append(Chain chain, int n) throws IOException {
    List<Op.Change> changes = new ArrayList<>();
    if (machines.isEmpty()) {
      changes.add(new Op.Length(BLOCK, 4100));
    }
    changes.add(new Op.Fill(BLOCK, 4098, n + 1));
    changes.add(new Op.Device("devices", n));
    Machine before = machines.isEmpty() ? Machine.NONE : machines.getLast();
    Machine machine = before.after(changes);
    machines.add(machine);
    new Checkpointer(chain)
        .checkpoint(
            new MachineImage(machine, false, changes),
            new Checkpointer.Options("", false, FrameCodec.PLAIN, 1),
            Progress.NONE);
  }

  /** What the writer does in between: all files of the old layers go. */
  private void mergeAndForget(MemoryDirectory disk) throws IOException {
    try (Chain chain = Chain.open("vm", disk.asProcess("merger"), environment)) {
      long tip = chain.manifest().tip().orElseThrow().number();
      append(chain, machines.size());
      chain.commit(
          List.of(new Edit.Forget(PointSet.of(List.of(new PointSet.Range(1, tip))))), List.of());
      Maintenance.compact(chain);
      chain.sweep();
    }
  }

  /** Counts opens, and lets the writer in before some of them. */
  private final class Schedule implements HookedDirectory.Hook {
    private final MemoryDirectory disk;
    private final List<Integer> turns;
    private int opens;
    private int manifests;

    Schedule(MemoryDirectory disk, List<Integer> turns) {
      this.disk = disk;
      this.turns = turns;
    }

    @Override
    public void before(HookedDirectory.Call call, String name) throws IOException {
      if (call == HookedDirectory.Call.OPEN) {
        opens++;
        manifests += name.endsWith("/MANIFEST") ? 1 : 0;
        if (turns.contains(opens)) {
          mergeAndForget(disk);
        }
      }
    }
  }

  private Schedule read(List<Integer> turns) throws IOException {
    MemoryDirectory disk = makeChain();
    Schedule schedule = new Schedule(disk, turns);
    HookedDirectory seen = new HookedDirectory(disk.asProcess("reader"), schedule);
    try (Chain reader = Chain.open("vm", seen, environment)) {
      schedule.opens = 0;
      schedule.manifests = 0;
      try (ChainSnapshot snapshot = reader.snapshot()) {
        List<Long> all = new ArrayList<>();
        for (long n = 0; n < POINTS; n++) {
          all.add(n);
        }
        long tip = snapshot.points().lastKey();
        List<Long> points = tip == POINTS - 1 ? all : List.of(0L, tip);
        assertEquals(points, List.copyOf(snapshot.points().keySet()), "no mixed generations");
        for (long n : points) {
          Comparison.check(machines.get((int) n), snapshot.view(n), "turns " + turns + " @" + n);
        }
        if (tip >= POINTS) {
          assertThrows(NoSuchPointException.class, () -> snapshot.view(2));
        }
      }
    }
    return schedule;
  }

  @Test
  void aReaderThatIsOvertakenAtAnyFileBeginsAnewAndNeverMixes() throws IOException {
    int files = read(List.of()).opens;
    assertEquals(1 + POINTS, files, "the manifest, and every file");
    int begunAnew = 0;
    for (int k = 1; k <= files; k++) {
      begunAnew += read(List.of(k)).manifests > 1 ? 1 : 0;
    }
    // Overtaken before it reads the manifest, it reads the new one; at any file after that, a file
    // that the old manifest names is gone.
    assertEquals(files - 1, begunAnew, "how often the reader had to begin anew");
  }

  @Test
  void aReaderThatIsOvertakenTwiceBeginsAnewTwice() throws IOException {
    int files = read(List.of()).opens;
    int twice = 0;
    for (int first = 2; first <= files; first++) {
      for (int second = first + 1; second <= first + 4; second++) {
        twice += read(List.of(first, second)).manifests > 2 ? 1 : 0;
      }
    }
    assertTrue(twice > 0, "some schedule overtakes the reader twice");
  }

  @Test
  void aFileThatIsGoneForGoodIsCorruptionAndNotALoop() throws IOException {
    MemoryDirectory disk = makeChain();
    try (Chain chain = Chain.open("vm", disk, environment)) {
      disk.delete(chain.manifest().layers().get(2).name().text());
      CorruptFileException found =
          assertThrows(CorruptFileException.class, () -> chain.snapshot().close());
      assertTrue(found.toString().contains(".layer"), found.toString());
    }
  }
}
