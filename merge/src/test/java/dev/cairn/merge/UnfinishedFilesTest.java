package dev.cairn.merge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.chain.Chain;
import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.Edit;
import dev.cairn.chain.Progress;
import dev.cairn.chain.Store;
import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.chain.manifest.FileEntry.Role;
import dev.cairn.chain.manifest.PointSet;
import dev.cairn.store.file.FileName;
import dev.cairn.store.io.HookedDirectory.Call;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Who deletes what: unfinished files their writer, the rest nobody but a commit. */
class UnfinishedFilesTest {
  private static final long PAGES = 300;

  private final History history = new History(19);
  private MemoryStore disk;
  private final List<String> owned = new ArrayList<>();
  private final List<String> unlocked = new ArrayList<>();

  UnfinishedFilesTest() throws IOException {
    disk = new MemoryStore(23);
  }

  /** Who writes files. */
  private enum Writer {
    CHECKPOINT,
    MERGE,
    PACK,
    MOVE;

    void run(Chain chain, History history) throws IOException {
      switch (this) {
        case CHECKPOINT -> history.checkpoint(chain, PAGES);
        case MERGE -> History.merge(chain, 2, 5);
        case PACK -> new Packer(chain).pack(data(chain));
        case MOVE -> new BaseMover(chain, Progress.NONE).move();
      }
    }
  }

  private static List<FileName> data(Chain chain) throws IOException {
    return chain.manifest().files(Role.DATA).stream().map(FileEntry::name).toList();
  }

  /** Eight points, three layers of them merged, the oldest point forgotten. */
  private void fill(MemoryStore store) throws IOException {
    try (Store opened = store.open();
        Chain chain = opened.create("vm", MemoryImage.PAGE)) {
      for (int i = 0; i < 8; i++) {
        history.checkpoint(chain, PAGES);
      }
      History.merge(chain, 0, 3);
      chain.commit(List.of(new Edit.Forget(PointSet.EMPTY.with(0))), List.of());
    }
  }

  /** Lets the n-th change fail that is no deletion. Returns whether it came to that. */
  private boolean fails(MemoryStore store, int n, MemoryStore.Work work) throws IOException {
    int[] left = {n};
    try (Store hooked =
        store.open(
            (call, path) -> {
              String file = path.substring(path.lastIndexOf('/') + 1);
              if (call == Call.DELETE && file.matches("[0-9a-f]{16}\\.tmp")) {
                (store.directory("vm").ownerIsAlive(file) ? owned : unlocked).add(file);
              } else if (call.isMutating() && call != Call.DELETE && --left[0] == 0) {
                throw new IOException(path + ": " + call + " was to fail");
              }
            })) {
      work.run(hooked);
      return false;
    } catch (IOException e) {
      if (left[0] > 0) {
        throw e;
      }
      return true;
    }
  }

  @ParameterizedTest
  @EnumSource
  void whoGivesUpDeletesHisFileWhileItIsHis(Writer writer) throws IOException {
    boolean failed = true;
    for (int n = 1; failed; n++) {
      disk = new MemoryStore(23 + n);
      fill(disk);
      failed =
          fails(
              disk,
              n,
              store -> {
                try (Chain chain = store.open("vm")) {
                  writer.run(chain, history);
                }
              });
      assertEquals(
          List.of(),
          disk.directory("vm").list().stream()
              .filter(name -> name.matches("[0-9a-f]{16}\\.tmp"))
              .toList());
    }
    assertEquals(List.of(), unlocked);
    assertTrue(owned.size() > 1, owned + " were given up");
  }

  @Test
  void aCopyThatGivesUpDeletesItsFilesWhileTheyAreItsOwn() throws IOException {
    fill(disk);
    boolean failed = true;
    for (int n = 1; failed; n++) {
      MemoryStore target = new MemoryStore(100 + n);
      try (Store source = disk.open();
          Chain chain = source.open("vm");
          ChainSnapshot older = chain.snapshot()) {
        target.run(store -> store.copy(older, "vm", Progress.NONE));
        for (int i = 0; i < 3; i++) {
          history.checkpoint(chain, PAGES);
        }
        try (ChainSnapshot newer = chain.snapshot()) {
          failed = fails(target, n, store -> store.copy(newer, "vm", Progress.NONE));
        }
      }
    }
    assertEquals(List.of(), unlocked);
    assertTrue(owned.size() > 1, owned + " were given up");
  }

  @Test
  void aCommitThatIsDurableDoesNotFailByWhatItCannotDelete() throws IOException {
    fill(disk);
    boolean[] refuses = {true};
    int[] refused = {0};
    try (Store store =
            disk.open(
                (call, path) -> {
                  if (call == Call.DELETE && path.endsWith(".layer") && refuses[0]) {
                    refused[0]++;
                    throw new IOException(path + ": was not to be deleted");
                  }
                });
        Chain chain = store.open("vm")) {
      List<FileName> packed = data(chain);
      new Packer(chain).pack(packed);
      assertTrue(refused[0] > 0, "a file was to be deleted");
      assertTrue(data(chain).stream().noneMatch(packed::contains), "the commit is there");
      assertTrue(disk.directory("vm").exists(packed.getFirst().text()));
      refuses[0] = false;
      chain.commit(List.of(new Edit.Pin(3, true)), List.of());
      for (FileName file : packed) {
        assertTrue(!disk.directory("vm").exists(file.text()), file + " is swept");
      }
      history.assertClean(chain);
    }
  }
}
