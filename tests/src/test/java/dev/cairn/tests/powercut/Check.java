package dev.cairn.tests.powercut;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.chain.Chain;
import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.Finding;
import dev.cairn.chain.Progress;
import dev.cairn.chain.Restorer;
import dev.cairn.chain.Store;
import dev.cairn.chain.Verifier;
import dev.cairn.store.io.FileSystemDirectory;
import dev.cairn.tests.MemorySink;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What has to be true of a store after a power cut: it opens, holds what was acknowledged, each
 * retained point is exact, {@code verify} finds nothing, it goes on, and what was left over is
 * taken away. Not thread-safe.
 */
final class Check {
  private static final int NEXT_IMAGE = 1_000_000;
  private static final String NEXT_CHAIN = "next";

  private final Map<Integer, byte[]> images = new HashMap<>();
  private int leftOver;

  /** Returns how often a store had files of something that was not finished. */
  int leftOver() {
    return leftOver;
  }

  /**
   * Checks a store, and works on.
   *
   * @param allowed what may be there
   */
  void run(Path directory, List<Expected> allowed) throws IOException, InterruptedException {
    leftOver += unfinished(directory).isEmpty() ? 0 : 1;
    Expected found;
    try (Store store = open(directory)) {
      found = find(store);
      assertTrue(
          allowed.stream().map(Expected::chains).anyMatch(found.chains()::equals),
          "expected one of " + allowed + ", found " + found);
    }
    goOn(directory, found);
    try (Store store = open(directory)) {
      for (Map.Entry<String, NavigableMap<Long, Expected.Kept>> before :
          found.chains().entrySet()) {
        wentOn(store, before.getKey(), before.getValue().keySet());
      }
      wentOn(store, NEXT_CHAIN, found.points(Plan.CHAIN).keySet());
    }
    assertEquals(List.of(), unfinished(directory), "left over");
  }

  private static Store open(Path directory) throws IOException {
    return Store.open(FileSystemDirectory.open(directory), Workload.environment(new Random()));
  }

  private static List<String> unfinished(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".tmp") || name.startsWith("."))
          .toList();
    }
  }

  /** Returns what a store holds, once all of it is verified and restored. */
  private Expected find(Store store) throws IOException {
    Expected found = new Expected();
    for (String name : store.chainNames()) {
      try (Chain chain = store.open(name)) {
        verify(chain);
        try (ChainSnapshot snapshot = chain.snapshot()) {
          for (ChainSnapshot.RestorePoint point : snapshot.restorePoints()) {
            int image = restore(snapshot, point.checkpoint());
            found.points(name).put(point.checkpoint(), new Expected.Kept(image, point.label()));
          }
        }
        found.points(name); // also if it is empty
      }
    }
    return found;
  }

  private static void verify(Chain chain) throws IOException {
    List<Finding> findings = new ArrayList<>();
    new Verifier(chain, findings::add, 1, new Random(1)).run();
    assertEquals(List.of(), findings, "verify " + chain.name());
  }

  /** Returns which image a point holds, once every byte of it was compared. */
  private int restore(ChainSnapshot snapshot, long point) throws IOException {
    try (MemorySink sink = new MemorySink()) {
      new Restorer(snapshot.view(point), sink, Progress.NONE).run(1);
      int image = MachineMemory.numberIn(sink.bytes());
      byte[] expected = images.computeIfAbsent(image, MachineMemory::at);
      assertArrayEquals(expected, sink.bytes(), snapshot.chain() + "@" + point);
      return image;
    }
  }

  /** The next commit of each chain, and the next chain that is made. */
  private static void goOn(Path directory, Expected found)
      throws IOException, InterruptedException {
    Store store = open(directory);
    try (Workload workload = new Workload(store)) {
      for (String chain : found.chains().keySet()) {
        workload.perform(new Step.Checkpoint(chain), NEXT_IMAGE);
        workload.perform(new Step.Compact(chain), 0);
      }
      workload.perform(new Step.Fork(Plan.CHAIN, tip(store), NEXT_CHAIN), 0);
    }
  }

  /** Checks that the old points and one more are there, the new one exact, and nothing else. */
  private void wentOn(Store store, String name, Set<Long> before) throws IOException {
    try (Chain chain = store.open(name);
        ChainSnapshot snapshot = chain.snapshot()) {
      verify(chain);
      List<Long> points =
          snapshot.restorePoints().stream().map(ChainSnapshot.RestorePoint::checkpoint).toList();
      assertEquals(List.copyOf(before), points.subList(0, points.size() - 1), name);
      assertEquals(NEXT_IMAGE, restore(snapshot, points.getLast()), name);
      assertEquals(List.of(), chain.sweep(), "left over in " + name);
    }
  }

  private static long tip(Store store) throws IOException {
    try (Chain chain = store.open(Plan.CHAIN)) {
      return chain.restorePoints().getLast().checkpoint();
    }
  }
}
