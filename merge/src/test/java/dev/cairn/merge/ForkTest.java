package dev.cairn.merge;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.chain.Chain;
import dev.cairn.chain.Edit;
import dev.cairn.chain.Store;
import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.chain.manifest.Manifest;
import dev.cairn.chain.manifest.PointSet;
import dev.cairn.merge.MemoryStore.Failure;
import dev.cairn.store.BadInputException;
import dev.cairn.store.BusyException;
import dev.cairn.store.CorruptFileException;
import dev.cairn.store.NoSuchPointException;
import dev.cairn.store.file.FileName;
import dev.cairn.store.io.HookedDirectory.Call;
import dev.cairn.store.io.MemoryDirectory;
import dev.cairn.store.io.StoreLock;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.time.Duration;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A fork is there whole or not at all, has no future of its source, and costs no page data. */
class ForkTest {
  private static final long PAGES = 300;
  private static final int POINTS = 8;

  private final History history = new History(3);
  private final MemoryStore disk;
  private final Chain source;

  ForkTest() throws IOException {
    disk = new MemoryStore(5);
    try (Store store = disk.open()) {
      source = store.create("vm", MemoryImage.PAGE);
    }
  }

  @BeforeEach
  void write() throws IOException {
    for (int i = 0; i < POINTS; i++) {
      history.checkpoint(source, PAGES);
    }
    History.merge(source, 1, 5);
  }

  private static void fork(Store store, long point, String name) throws IOException {
    try (Chain vm = store.open("vm")) {
      store.fork(vm, point, name);
    }
  }

  private static List<Long> upTo(long n) {
    return LongStream.rangeClosed(0, n).boxed().toList();
  }

  @ParameterizedTest
  @EnumSource
  void aForkThatFailsAnywhereIsThereWholeOrNotAtAll(Failure failure) throws IOException {
    long n = 1;
    while (!disk.survives(failure, n, store -> fork(store, 4, "fork"))) {
      try (Store store = disk.open()) {
        if (store.chainNames().contains("fork")) {
          try (Chain fork = store.open("fork")) {
            assertEquals(upTo(4), history.assertClean(fork));
          }
          assertThrows(BusyException.class, () -> store.fork(source, 4, "fork"));
        } else {
          if (failure == Failure.ERROR) {
            assertEquals(List.of(), disk.stages(), "what failed has cleaned up after itself");
          }
          store.fork(source, 4, "fork");
        }
        try (Chain fork = store.open("fork")) {
          assertEquals(upTo(4), history.assertClean(fork));
        }
        store.create("next" + n, MemoryImage.PAGE).close();
        assertEquals(List.of(), disk.stages(), "the next who makes a chain sweeps");
      }
      removeFork();
      n++;
    }
    assertTrue(n > 10, n + " calls");
    assertEquals(upTo(POINTS - 1), history.assertClean(source));
  }

  private void removeFork() throws IOException {
    MemoryDirectory fork = disk.directory("fork");
    for (String file : fork.list()) {
      fork.delete(file);
    }
    disk.disk().openDirectory("chains").deleteDirectory("fork");
  }

  @Test
  void aLivingMakersDirectoryIsNotSwept() throws IOException {
    MemoryDirectory chains = disk.disk().asProcess("maker").openDirectory("chains");
    MemoryDirectory stage = chains.makeDirectory(".other-0123abcd");
    stage.create("000000000000-0000000000000001.base").close();
    StoreLock lock = stage.lock("LOCK", Duration.ZERO);
    disk.run(store -> store.fork(source, 1, "a"));
    assertEquals(List.of(".other-0123abcd"), disk.stages());
    assertEquals(2, stage.list().size());
    lock.close();
    disk.run(store -> store.fork(source, 1, "b"));
    assertEquals(List.of(), disk.stages());
  }

  @Test
  void whatIsNoStageIsNotSwept() throws IOException {
    MemoryDirectory chains = disk.disk().openDirectory("chains");
    chains.create(".note").close();
    chains.makeDirectory(".backup").create("precious").close();
    disk.run(store -> store.fork(source, 1, "a"));
    assertEquals(List.of(".backup", ".note"), disk.stages());
    assertEquals(List.of("precious"), chains.openDirectory(".backup").list());
  }

  /** Between listing the dotted directories and locking one, its maker may have come to its end. */
  @Test
  void aStageThatBecomesAChainWhileOthersSweepIsLeftAlone() throws IOException {
    MemoryDirectory chains = disk.disk().openDirectory("chains");
    disk.run(store -> store.fork(source, 4, "a"));
    for (String late : List.of("listed", "locked")) {
      chains.renameDirectory("a", ".a-00000000");
      boolean[] done = {false};
      try (Store store =
          disk.open(
              (call, path) -> {
                boolean now =
                    late.equals("listed")
                        ? call == Call.LIST && path.endsWith("chains/")
                        : call == Call.OPEN_DIRECTORY_DONE && path.endsWith(".a-00000000");
                if (now && !done[0]) {
                  done[0] = true;
                  chains.renameDirectory(".a-00000000", "a");
                }
              })) {
        store.create("sweeper-" + late, MemoryImage.PAGE).close();
      }
      assertTrue(done[0]);
      assertEquals(upTo(4), history.assertClean(disk.chain("a")), late);
    }
  }

  @Test
  void aForkInsideAMergedLayerHasNoFuture() throws IOException {
    for (long n = 0; n < POINTS; n++) {
      String name = "fork" + n;
      long point = n;
      disk.run(store -> store.fork(source, point, name));
      Chain fork = disk.chain(name);
      History its = history.upTo(n);
      assertEquals(upTo(n), its.assertClean(fork));
      assertEquals(n + 1, fork.manifest().next());
      its.checkpoint(fork, PAGES);
      its.checkpoint(fork, PAGES);
      assertEquals(upTo(n + 2), its.assertClean(fork));
      History.merge(fork, 0, fork.manifest().layers().size());
      assertEquals(upTo(n + 2), its.assertClean(fork));
    }
    assertEquals(upTo(POINTS - 1), history.assertClean(source));
  }

  /**
   * The capped file has a number above the fork's next one, and yet it is no sign of a rollback.
   */
  @ParameterizedTest
  @EnumSource
  void aForkThatDiesWhileItRewritesItsCappedLayerKeepsNothingOfIt(Failure failure)
      throws IOException {
    boolean done = false;
    for (long n = 1; !done; n++) {
      String name = "fork" + n;
      disk.run(store -> store.fork(source, 2, name));
      done =
          disk.survives(
              failure,
              n,
              store -> {
                try (Chain fork = store.open(name)) {
                  History.merge(fork, 0, 2);
                }
              });
      Chain fork = disk.chain(name);
      assertEquals(upTo(2), history.assertClean(fork));
      fork.sweep();
      assertEquals(
          fork.manifest().files().stream().map(file -> file.name().text()).sorted().toList(),
          fork.directory().list().stream().filter(f -> FileName.parse(f).isPresent()).toList());
    }
  }

  @Test
  void aForkSharesTheBytes() throws IOException {
    disk.disk().setCapacityBytes(1L << 40);
    long before = disk.disk().usableBytes();
    disk.run(store -> store.fork(source, POINTS - 1, "fork"));
    long taken = before - disk.disk().usableBytes();
    assertTrue(taken <= 8192, taken + " bytes for a manifest and a lock");
    Manifest.Identity identity = disk.chain("fork").manifest().identity();
    Manifest.Identity parent = source.manifest().identity();
    assertNotEquals(parent.chain(), identity.chain());
    assertEquals(parent.chain(), identity.origin().orElseThrow().chain());
  }

  /** What a fork is linking is merged and packed away under its hands. */
  @Test
  void aSourceThatIsMergedMeanwhileIsForkedInItsNewState() throws IOException {
    for (int at = 1; at <= 6; at++) {
      int[] left = {at};
      try (Store store =
          disk.open(
              (call, path) -> {
                if (call == Call.LINK && --left[0] == 0) {
                  history.checkpoint(source, PAGES);
                  History.merge(source, 0, source.manifest().layers().size());
                  List<FileName> data =
                      source.manifest().files(FileEntry.Role.DATA).stream()
                          .map(FileEntry::name)
                          .toList();
                  new Packer(source).pack(data);
                }
              })) {
        fork(store, 6, "fork" + at);
      }
      Chain fork = disk.chain("fork" + at);
      assertEquals(upTo(6), history.assertClean(fork));
      List<String> expected =
          fork.manifest().files().stream().map(file -> file.name().text()).sorted().toList();
      List<String> there =
          fork.directory().list().stream().filter(f -> FileName.parse(f).isPresent()).toList();
      assertEquals(expected, there, "no links of an attempt before are left");
    }
  }

  @Test
  void aPointThatIsForgottenMeanwhileIsNotForked() throws IOException {
    boolean[] done = {false};
    try (Store store =
        disk.open(
            (call, path) -> {
              if (call == Call.LINK && !done[0]) {
                done[0] = true;
                PointSet points = PointSet.of(List.of(new PointSet.Range(2, 4)));
                source.commit(List.of(new Edit.Forget(points)), List.of());
                History.merge(source, 0, source.manifest().layers().size());
              }
            })) {
      assertThrows(NoSuchPointException.class, () -> fork(store, 3, "fork"));
      assertEquals(List.of("vm"), store.chainNames());
      assertEquals(List.of(), disk.stages());
    }
  }

  @Test
  void aSourceThatLacksADataFileIsDamaged() throws IOException {
    FileEntry data = source.manifest().files(FileEntry.Role.DATA).getFirst();
    new Rot(disk, "vm").delete(data.name());
    try (Store store = disk.open()) {
      CorruptFileException e =
          assertThrows(CorruptFileException.class, () -> store.fork(source, 6, "fork"));
      assertTrue(e.file().endsWith(data.name().text()), e.file());
    }
    assertEquals(List.of(), disk.stages());
  }

  @Test
  void whereNoLinkCanBeMadeTheFilesAreCopied() throws IOException {
    disk.disk().setCapacityBytes(1L << 40);
    long before = disk.disk().usableBytes();
    try (Store store =
        disk.open(
            (call, path) -> {
              if (call == Call.LINK) {
                throw new FileSystemException(path, null, "Invalid cross-device link");
              }
            })) {
      fork(store, POINTS - 1, "fork");
    }
    Chain fork = disk.chain("fork");
    long stored = 0;
    for (FileEntry entry : source.manifest().files()) {
      String file = entry.name().text();
      byte[] bytes = disk.read("vm", file);
      assertArrayEquals(bytes, disk.read("fork", file), file);
      stored += bytes.length;
    }
    long taken = before - disk.disk().usableBytes();
    assertTrue(stored > 1 << 20, "the base begins with a hole");
    assertTrue(taken < stored / 2, taken + " bytes taken for " + stored);
    assertEquals(upTo(POINTS - 1), history.assertClean(fork));
  }

  @Test
  void aNameThatIsTakenIsRefused() throws IOException {
    try (Store store = disk.open()) {
      store.fork(source, 2, "fork");
      assertThrows(BusyException.class, () -> store.fork(source, 3, "fork"));
      assertThrows(BusyException.class, () -> store.fork(source, 3, "vm"));
      assertThrows(BusyException.class, () -> store.create("fork", MemoryImage.PAGE));
    }
    assertEquals(upTo(2), history.assertClean(disk.chain("fork")));
  }

  @Test
  void aNameThatIsTakenMeanwhileIsRefused() throws IOException {
    try (Store store =
        disk.open(
            (call, path) -> {
              if (call == Call.RENAME_DIRECTORY) {
                disk.run(other -> other.fork(source, 2, "fork"));
              }
            })) {
      assertThrows(BusyException.class, () -> fork(store, 3, "fork"));
    }
    assertEquals(upTo(2), history.assertClean(disk.chain("fork")));
    assertEquals(List.of(), disk.stages());
  }

  @Test
  void aChainThatLostItsManifestIsNoFreeName() throws IOException {
    disk.run(store -> store.fork(source, 2, "fork"));
    disk.directory("fork").delete("MANIFEST");
    List<String> files = disk.directory("fork").list();
    try (Store store = disk.open()) {
      assertTrue(store.chainNames().contains("fork"), "to open it tells of the damage");
      assertThrows(CorruptFileException.class, () -> store.open("fork"));
      assertThrows(CorruptFileException.class, () -> store.fork(source, 3, "fork"));
      assertThrows(CorruptFileException.class, () -> store.create("fork", MemoryImage.PAGE));
    }
    assertEquals(files, disk.directory("fork").list());
  }

  @Test
  void aDirectoryThatIsNoChainIsNoFreeName() throws IOException {
    disk.disk().openDirectory("chains").makeDirectory("fork");
    try (Store store = disk.open()) {
      assertThrows(BadInputException.class, () -> store.fork(source, 3, "fork"));
    }
  }
}
