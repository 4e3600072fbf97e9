package dev.cairn.tests.crash;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.chain.Chain;
import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.ChainState;
import dev.cairn.chain.Checkpointer;
import dev.cairn.chain.Edit;
import dev.cairn.chain.Environment;
import dev.cairn.chain.Finding;
import dev.cairn.chain.Incoming;
import dev.cairn.chain.IncomingFile;
import dev.cairn.chain.Progress;
import dev.cairn.chain.Store;
import dev.cairn.chain.Verifier;
import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.chain.manifest.IncomingState;
import dev.cairn.chain.manifest.IncomingState.Coming;
import dev.cairn.chain.manifest.Manifest;
import dev.cairn.merge.Merger;
import dev.cairn.merge.Policies;
import dev.cairn.store.io.MemoryDirectory;
import dev.cairn.store.io.StoreDirectory;
import dev.cairn.store.io.StoreInput;
import dev.cairn.tests.NumberedMemory;
import dev.cairn.tests.Settings;
import dev.cairn.tests.WholeImage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/**
 * The power goes at every moment while a chain is received from another host: what was committed is
 * there, whole; what came is believed block by block; the next one who receives goes on to the end.
 * Bytes are taken from where they lie, without a wire.
 */
class IncomingCrashTest {
  private static final String CHAIN = "vm";
  private static final int SAMPLES = 15;
  private static final int PAGES = 400;
  private static final List<IncomingState.Source> SOURCE =
      List.of(new IncomingState.Source("token", "tcp:there:7100"));

  private final NumberedMemory memory = new NumberedMemory(PAGES);
  private final Map<Long, byte[]> files = new HashMap<>();
  private final Coming early;
  private final Coming late;
  private final DiskLog log = new DiskLog();
  private final List<List<Long>> models = new ArrayList<>();

  IncomingCrashTest() throws IOException {
    try (Store store = Store.create(MemoryDirectory.create(), environment(1));
        Chain chain = store.create(CHAIN, NumberedMemory.PAGE_SIZE)) {
      StoreDirectory directory = chain.directory();
      for (int i = 0; i < 4; i++) {
        checkpoint(chain, i);
      }
      early = coming(chain, 2, directory);
      new Merger(chain, Policies.DEFAULT, Progress.NONE).compact();
      checkpoint(chain, 4);
      late = coming(chain, 4, directory);
    }
    record();
  }

  private static Environment environment(long seed) {
    return new Environment(Clock.systemUTC(), new Random(seed), Duration.ofSeconds(5));
  }

  private void checkpoint(Chain chain, long number) throws IOException {
    new Checkpointer(chain)
        .checkpoint(new WholeImage(memory.at(number)), Checkpointer.Options.DEFAULT, Progress.NONE);
  }

  private Coming coming(Chain chain, long point, StoreDirectory directory) throws IOException {
    try (ChainSnapshot snapshot = chain.snapshot()) {
      Coming coming = Coming.of(ChainState.upTo(snapshot, point, false));
      for (FileEntry entry : coming.manifest().files()) {
        try (StoreInput in = directory.open(entry.name().text())) {
          byte[] bytes = new byte[Math.toIntExact(in.length())];
          in.read(0, MemorySegment.ofArray(bytes));
          files.put(entry.fileId(), bytes);
        }
      }
      return coming;
    }
  }

  private void record() throws IOException {
    MemoryDirectory disk = MemoryDirectory.create();
    try (Store store =
        Store.create(new RecordingDirectory(disk.asProcess("pull"), log), environment(2))) {
      acknowledge(List.of());
      try (Chain chain =
          store.create(CHAIN, early.manifest().identity().chain(), NumberedMemory.PAGE_SIZE)) {
        acknowledge(List.of());
        receive(chain, early);
        acknowledge(List.of(0L, 1L, 2L));
        chain.commit(List.of(new Edit.Label(1, "kept")), List.of());
        acknowledge(List.of(0L, 1L, 2L));
        receive(chain, late);
        acknowledge(List.of(0L, 1L, 2L, 3L, 4L));
        checkpoint(chain, 5);
        acknowledge(List.of(0L, 1L, 2L, 3L, 4L, 5L));
      }
    }
  }

  private void acknowledge(List<Long> points) {
    models.add(points);
    log.acknowledged(models.size() - 1);
  }

  private void receive(Chain chain, Coming coming) throws IOException {
    try (Incoming incoming = Incoming.open(chain)) {
      boolean same = incoming.state().flatMap(IncomingState::coming).equals(Optional.of(coming));
      if (!incoming.isDone() || !same) {
        incoming.ask(false, SOURCE);
        Optional<Manifest.Tip> tip = chain.manifest().tip();
        if (tip.isEmpty() || tip.get().number() < coming.point()) {
          if (!same) {
            incoming.accept(coming, tip);
          }
          fetch(incoming);
          incoming.check(false);
          incoming.commit(false);
        }
      }
      incoming.clear();
    }
  }

  private void fetch(Incoming incoming) throws IOException {
    for (IncomingFile file : incoming.files()) {
      while (!file.hasMetadata()) {
        for (IncomingFile.Range range : file.missingMetadata()) {
          file.putMetadata(range, bytes(file, range));
        }
      }
      for (long block = file.nextMissing(0); block >= 0; block = file.nextMissing(block + 1)) {
        file.putBlock(block, bytes(file, file.range(block)));
      }
      file.seal();
    }
  }

  private MemorySegment bytes(IncomingFile file, IncomingFile.Range range) {
    byte[] all = files.get(file.entry().fileId());
    int offset = Math.toIntExact(range.offset());
    return MemorySegment.ofArray(Arrays.copyOfRange(all, offset, offset + range.length()));
  }

  @Test
  void whatWasCommittedIsThereAndTheNextOneGoesOn() {
    CrashStates states = new CrashStates("receive", log.events(), this::check, Settings.seed());
    assertEquals(Optional.empty(), states.run(SAMPLES * Settings.soak()));
    System.out.printf(
        "crash states: %d distinct of two receptions with %d events%n",
        states.count(), log.events().size());
  }

  @Test
  void withoutSyncsItIsNot() {
    assertTrue(isLost(event -> event instanceof DiskEvent.SyncFile), "of files");
    assertTrue(isLost(event -> event instanceof DiskEvent.SyncDirectory), "of directories");
  }

  private boolean isLost(Predicate<DiskEvent> left) {
    List<DiskEvent> events = new ArrayList<>(log.events());
    events.removeIf(left);
    return new CrashStates("broken", events, this::check, 5).run(SAMPLES).isPresent();
  }

  private void check(MemoryDirectory disk, int acknowledged, boolean thoroughly)
      throws IOException {
    List<List<Long>> allowed =
        models.subList(acknowledged, Math.min(models.size(), acknowledged + 2));
    try (Store store = Store.open(disk.asProcess("next"), environment(7))) {
      if (!store.chainNames().contains(CHAIN)) {
        require(acknowledged < 1, "the chain is gone");
        return;
      }
      try (Chain chain = store.open(CHAIN)) {
        List<Long> points = points(chain);
        require(allowed.contains(points), "points " + points + "; there may be " + allowed);
        checkPoints(chain, points);
        if (points.size() < 5) {
          receive(chain, points.size() < 3 && !thoroughly ? early : late);
        } else {
          receive(chain, late);
        }
        checkPoints(chain, points(chain));
        require(
            points(chain).size() >= (points.size() < 3 && !thoroughly ? 3 : 5), "did not go on");
        try (StoreDirectory incoming = chain.directory().openDirectory("incoming")) {
          require(incoming.list().equals(List.of("LOCK")), "left over: " + incoming.list());
        }
      }
    }
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new AssertionError(otherwise);
    }
  }

  private static List<Long> points(Chain chain) throws IOException {
    return chain.restorePoints().stream().map(ChainSnapshot.RestorePoint::checkpoint).toList();
  }

  private void checkPoints(Chain chain, List<Long> points) throws IOException {
    try (ChainSnapshot snapshot = chain.snapshot()) {
      for (long point : points) {
        byte[] found = new byte[PAGES * NumberedMemory.PAGE_SIZE];
        snapshot.view(point).read(0, 0, MemorySegment.ofArray(found));
        require(Arrays.equals(memory.at(point), found), "point " + point + " is another one");
      }
    }
    List<Finding> findings = new ArrayList<>();
    new Verifier(chain, findings::add, 1, new Random(1)).run();
    require(findings.isEmpty(), "verify: " + findings);
  }
}
