package dev.cairn.chain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.store.BusyException;
import dev.cairn.store.DeviceState;
import dev.cairn.store.Id;
import dev.cairn.store.RamBlock;
import dev.cairn.store.RamLayout;
import dev.cairn.store.file.BaseWriter;
import dev.cairn.store.io.MemoryDirectory;
import dev.cairn.store.io.StoreDirectory;
import dev.cairn.store.io.StoreLock;
import dev.cairn.store.io.StoreOutput;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which chain may be taken away: one that nobody has used, and nobody is about to. */
final class UnusedChainTest {
  private static final int PAGE = 4096;

  private final MemoryDirectory disk = MemoryDirectory.create();
  private final Store store;
  private final Chain chain;
  private final Id id;

  UnusedChainTest() throws IOException {
    store = Store.create(disk.asProcess("maker"), ChainInMemory.ENVIRONMENT);
    chain = store.create("vm", PAGE);
    id = chain.manifest().identity().chain();
  }

  private List<String> left() throws IOException {
    return disk.openDirectory("chains").list();
  }

  private void checkpoint() throws IOException {
    new Checkpointer(chain)
        .checkpoint(new SparseMemory(PAGE, 10).fill(1, 7), ChainInMemory.WHOLE, Progress.NONE);
  }

  @Test
  void oneWithoutAPointGoesAndItsNameIsFree() throws IOException {
    assertTrue(store.removeUnused("vm", id));
    assertEquals(List.of(), left());
    assertFalse(store.removeUnused("vm", id), "it is gone");
    store.create("vm", PAGE).close();
    assertEquals(List.of("vm"), store.chainNames());
  }

  @Test
  void anotherOneOfThatNameStays() throws IOException {
    assertFalse(store.removeUnused("vm", new Id(1, 2)));
    assertEquals(List.of("vm"), left());
  }

  @Test
  void oneWithAPointStaysAlsoIfThatIsForgottenByAll() throws IOException {
    checkpoint();
    assertFalse(store.removeUnused("vm", id));
    assertEquals(1, chain.restorePoints().size());
  }

  /** As a writer does: his file has no final name yet, and its flock is his. */
  @Test
  void oneThatSomebodyWritesIntoStays() throws IOException {
    StoreDirectory his = disk.asProcess("writer").openDirectory("chains").openDirectory("vm");
    try (StoreOutput _ = his.create("00000000000000aa.tmp")) {
      assertFalse(store.removeUnused("vm", id));
    }
    assertTrue(store.removeUnused("vm", id));
  }

  /** His point comes, and the chain is there. */
  @Test
  void oneWhoseFirstPointComesStays() throws IOException {
    RamLayout layout = new RamLayout(PAGE, List.of(new RamBlock("ram", 10L * PAGE)));
    try (Arena arena = Arena.ofShared();
        Chain his = Store.open(disk.asProcess("writer"), ChainInMemory.ENVIRONMENT).open("vm");
        FirstCheckpoint first =
            FirstCheckpoint.begin(
                    his, layout, () -> arena.allocate(BaseWriter.Columns.REGION_BYTES, 8))
                .orElseThrow()) {
      first.page(0, 1, arena.allocate(PAGE, 64).fill((byte) 1));
      assertFalse(store.removeUnused("vm", id));
      first.commit(DeviceState.NONE, "", Instant.EPOCH);
    }
    assertFalse(store.removeUnused("vm", id));
    assertEquals(1, chain.restorePoints().size());
  }

  /** Whoever commits holds LOCK. */
  @Test
  void whileItsLockIsHeldItStays() throws IOException {
    StoreDirectory directory = disk.asProcess("other").openDirectory("chains").openDirectory("vm");
    try (StoreLock _ = directory.lock(Chain.LOCK, Duration.ZERO)) {
      assertThrows(BusyException.class, () -> store.removeUnused("vm", id));
    }
    assertEquals(List.of("vm"), left());
  }

  /** Whatever fails in between, the chain is there as it was, or its name is free. */
  @Test
  void whatIsLeftOfItIsAStage() throws IOException {
    int failed = 0;
    for (int call = 1; failed < call; call++) {
      MemoryDirectory other = MemoryDirectory.create();
      Store its = Store.create(other.asProcess("maker"), ChainInMemory.ENVIRONMENT);
      Id made;
      try (Chain unused = its.create("vm", PAGE)) {
        made = unused.manifest().identity().chain();
      }
      other.failAt(call);
      try {
        assertTrue(its.removeUnused("vm", made));
        assertEquals(List.of(), other.openDirectory("chains").list());
        break;
      } catch (IOException e) {
        failed++;
      }
      other.failAt(0);
      try (Store next = Store.open(other.asProcess("next"), ChainInMemory.ENVIRONMENT)) {
        if (next.chainNames().isEmpty()) {
          next.create("vm", PAGE).close();
        }
        assertEquals(List.of("vm"), next.chainNames());
        next.create("new", PAGE).close();
        assertEquals(List.of("new", "vm"), other.openDirectory("chains").list());
      }
    }
    assertTrue(failed > 3, failed + " calls failed");
  }
}
