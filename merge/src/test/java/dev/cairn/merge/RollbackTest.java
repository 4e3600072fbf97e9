package dev.cairn.merge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.chain.Chain;
import dev.cairn.chain.Edit;
import dev.cairn.chain.Store;
import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.chain.manifest.FileEntry.Role;
import dev.cairn.store.CorruptFileException;
import java.io.IOException;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** Somebody puts an older MANIFEST back: nothing of the newer state is deleted by that. */
class RollbackTest {
  private static final long PAGES = 300;

  private final History history = new History(53);
  private final MemoryStore disk = new MemoryStore(59);
  private final Chain chain;
  private final byte[] older;

  RollbackTest() throws IOException {
    try (Store store = disk.open()) {
      chain = store.create("vm", MemoryImage.PAGE);
    }
    checkpoints(9);
    older = disk.read("vm", "MANIFEST");
  }

  private void checkpoints(int count) throws IOException {
    for (int i = 0; i < count; i++) {
      history.checkpoint(chain, PAGES);
    }
  }

  private void mergeAndPack() throws IOException {
    History.merge(chain, 0, chain.manifest().layers().size());
    new Packer(chain)
        .pack(chain.manifest().files(Role.DATA).stream().map(FileEntry::name).toList());
  }

  private void putBack(byte[] manifest) throws IOException {
    disk.write("vm", "MANIFEST", manifest);
  }

  /** Puts the older manifest back, tries to work with it, then has the newest again. */
  private void assertNothingIsLost() throws IOException {
    byte[] newest = disk.read("vm", "MANIFEST");
    List<String> files = disk.directory("vm").list();
    List<Long> points = history.assertClean(chain);
    putBack(older);
    Chain rolledBack = disk.chain("vm");
    for (Edit edit : List.of(new Edit.Pin(2, true), new Edit.ReleaseHold("t"))) {
      assertThrows(IOException.class, () -> rolledBack.commit(List.of(edit), List.of()));
    }
    rolledBack.sweep();
    assertEquals(files, disk.directory("vm").list());
    putBack(newest);
    assertEquals(points, history.assertClean(disk.chain("vm")));
  }

  @Test
  void filesOfANewerStateStayWhenTheOldOnesAreGone() throws IOException {
    mergeAndPack();
    assertNothingIsLost();
  }

  @Test
  void filesOfANewerStateStayWhenSomeAreAboveTheNextCheckpoint() throws IOException {
    mergeAndPack();
    checkpoints(5);
    assertNothingIsLost();
  }

  @Test
  void aChainThatWasRolledBackIsNotWrittenButForked() throws IOException {
    checkpoints(5);
    List<String> files = disk.directory("vm").list();
    putBack(older);
    Chain rolledBack = disk.chain("vm");
    CorruptFileException e =
        assertThrows(
            CorruptFileException.class,
            () -> rolledBack.commit(List.of(new Edit.Pin(2, true)), List.of()));
    assertTrue(e.actual().contains("cairn fork vm@latest"), e.actual());
    assertTrue(e.file().endsWith("MANIFEST"));
    assertEquals(files, disk.directory("vm").list());
    disk.run(store -> store.fork(rolledBack, 8, "fork"));
    assertEquals(LongStream.range(0, 9).boxed().toList(), history.assertClean(disk.chain("fork")));
  }

  /** Files that are still being received are for those who can finish them. */
  @Test
  void aSweepLeavesPartsAlone() throws IOException {
    String part = "000000000001-000000000001-00000000000000aa.layer.part";
    disk.directory("vm").create(part).close();
    chain.sweep();
    checkpoints(1);
    assertTrue(disk.directory("vm").exists(part));
  }
}
