package dev.cairn.merge;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.cairn.chain.Chain;
import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.Edit;
import dev.cairn.chain.Progress;
import dev.cairn.chain.Store;
import dev.cairn.chain.manifest.PointSet;
import dev.cairn.store.BusyException;
import dev.cairn.store.file.FileName;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.LongStream;

/** A store with a chain, another one to copy it to, and what a copy must be like. */
final class CopyPair {
  static final long PAGES = 300;
  static final int POINTS = 8;

  final History history = new History(19);
  final MemoryStore here;
  final MemoryStore there;
  final Chain source;

  CopyPair() throws IOException {
    here = new MemoryStore(23);
    there = new MemoryStore(29);
    try (Store store = here.open()) {
      source = store.create("vm", MemoryImage.PAGE);
    }
    write();
  }

  private void write() throws IOException {
    checkpoints(source, POINTS);
    History.merge(source, 1, 5);
  }

  void checkpoints(Chain chain, int count) throws IOException {
    for (int i = 0; i < count; i++) {
      history.checkpoint(chain, PAGES);
    }
  }

  static List<Long> upTo(long n) {
    return LongStream.rangeClosed(0, n).boxed().toList();
  }

  int copy(Store store) throws IOException {
    try (ChainSnapshot snapshot = source.snapshot()) {
      return store.copy(snapshot, "vm", Progress.NONE);
    }
  }

  int copy() throws IOException {
    try (Store store = there.open()) {
      return copy(store);
    }
  }

  void assertRefused() throws IOException {
    Map<String, byte[]> before = there.save("vm");
    assertThrows(BusyException.class, this::copy);
    assertSame(before, there.save("vm"));
  }

  static void assertSame(Map<String, byte[]> expected, Map<String, byte[]> actual) {
    expected.remove("MERGE.lock");
    actual.remove("MERGE.lock");
    assertEquals(expected.keySet(), actual.keySet());
    expected.forEach((name, bytes) -> assertArrayEquals(bytes, actual.get(name), name));
  }

  void forget(Chain chain, long from, long to) throws IOException {
    PointSet points = PointSet.of(List.of(new PointSet.Range(from, to)));
    chain.commit(List.of(new Edit.Forget(points)), List.of());
  }

  /** The files of both are the same, and nothing else lies there. */
  Chain assertCopied() throws IOException {
    Chain target = there.chain("vm");
    assertEquals(History.files(source), History.files(target));
    Map<String, byte[]> files = there.save("vm");
    files.keySet().removeIf(name -> FileName.parse(name).isEmpty() && !name.endsWith(".tmp"));
    assertEquals(
        History.files(target).stream().map(FileName::text).sorted().toList(),
        List.copyOf(new TreeMap<>(files).keySet()));
    for (FileName name : History.files(source)) {
      assertArrayEquals(here.read("vm", name.text()), files.get(name.text()), name.text());
    }
    assertEquals(history.assertClean(source), history.assertClean(target));
    return target;
  }
}
