package dev.cairn.chain;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.chain.manifest.IncomingState;
import dev.cairn.chain.manifest.Manifest;
import dev.cairn.chain.manifest.PointSet;
import dev.cairn.store.BusyException;
import dev.cairn.store.CorruptFileException;
import dev.cairn.store.Id;
import dev.cairn.store.io.MemoryDirectory;
import dev.cairn.store.io.StoreInput;
import dev.cairn.store.io.StoreOutput;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What a chain receives from another host, without the wire: bytes are read where they lie. */
final class IncomingTest {
  private static final int PAGE = 512;
  private static final int PAGES = 6000;
  private static final List<IncomingState.Source> SOURCE =
      List.of(new IncomingState.Source("t-1", "tcp:there:7100"));

  private final ChainInMemory there;
  private final SparseMemory machine = new SparseMemory(PAGE, PAGES);
  private final MemoryDirectory disk = MemoryDirectory.create();
  private Store store;

  IncomingTest() throws IOException {
    there = new ChainInMemory(PAGE);
    for (int i = 0; i < 5; i++) {
      for (int page = 0; page < PAGES; page += 1 + i * 3) {
        machine.fill(page, page % 11 == i ? 0 : i + 1);
      }
      machine.section("devices", ("state " + i).getBytes(StandardCharsets.UTF_8));
      there.checkpoint(machine, ChainInMemory.WHOLE);
    }
    store = Store.create(disk.asProcess("first"), ChainInMemory.ENVIRONMENT);
  }

  /** Goes on in another process; the one before is killed. */
  private Chain restart(MemoryDirectory killed) throws IOException {
    killed.killProcess();
    store = Store.open(disk.asProcess("next"), ChainInMemory.ENVIRONMENT);
    return store.open("vm");
  }

  private Chain create() throws IOException {
    Manifest from = there.chain().manifest();
    return store.create("vm", from.identity().chain(), PAGE);
  }

  private IncomingState.Coming coming(long point) throws IOException {
    try (ChainSnapshot snapshot = there.chain().snapshot()) {
      return IncomingState.Coming.of(ChainState.upTo(snapshot, point, false));
    }
  }

  private static void accept(Incoming incoming, Chain chain, IncomingState.Coming coming)
      throws IOException {
    incoming.ask(false, SOURCE);
    incoming.accept(coming, chain.manifest().tip());
  }

  private MemorySegment fetch(FileEntry entry, IncomingFile.Range range) throws IOException {
    MemorySegment bytes = MemorySegment.ofArray(new byte[range.length()]);
    try (StoreInput in = there.directory().open(entry.name().text())) {
      in.read(range.offset(), bytes);
    }
    return bytes;
  }

  private void fetchMetadata(IncomingFile file) throws IOException {
    while (!file.hasMetadata()) {
      for (IncomingFile.Range range : file.missingMetadata()) {
        file.putMetadata(range, fetch(file.entry(), range));
      }
    }
  }

  private int fetchBlocks(IncomingFile file) throws IOException {
    int fetched = 0;
    for (long block = file.nextMissing(0); block >= 0; block = file.nextMissing(block + 1)) {
      file.putBlock(block, fetch(file.entry(), file.range(block)));
      fetched++;
    }
    return fetched;
  }

  private void fetchAll(Incoming incoming) throws IOException {
    for (IncomingFile file : incoming.files()) {
      fetchMetadata(file);
      fetchBlocks(file);
      file.seal();
    }
  }

  private void assertSame(Chain chain, long point) throws IOException {
    try (ChainSnapshot mine = chain.snapshot();
        ChainSnapshot theirs = there.chain().snapshot()) {
      byte[] expected = new byte[PAGE * PAGES];
      byte[] actual = new byte[PAGE * PAGES];
      theirs.view(point).read(0, 0, MemorySegment.ofArray(expected));
      mine.view(point).read(0, 0, MemorySegment.ofArray(actual));
      assertArrayEquals(expected, actual, "point " + point);
      assertEquals(theirs.point(point).id(), mine.point(point).id());
      assertEquals(
          theirs.view(point).deviceState().sections().size(),
          mine.view(point).deviceState().sections().size());
    }
    List<Finding> findings = new ArrayList<>();
    new Verifier(chain, findings::add, 1, new Random(1)).run();
    assertEquals(List.of(), findings);
  }

  @Test
  void aNewChainIsTheSourcesOwnFilesUpToThePoint() throws IOException {
    Chain chain = create();
    try (Incoming incoming = Incoming.open(chain)) {
      assertTrue(incoming.state().isEmpty());
      accept(incoming, chain, coming(3));
      fetchAll(incoming);
      incoming.check(false);
      assertEquals(incoming.files().size(), incoming.commit(false));
      assertTrue(incoming.isDone());
      incoming.clear();
    }
    Manifest mine = chain.manifest();
    assertEquals(3, mine.tip().orElseThrow().number());
    for (FileEntry entry : mine.files()) {
      assertEquals(there.chain().manifest().file(entry.fileId()).orElseThrow().sha(), entry.sha());
    }
    for (long point = 0; point <= 3; point++) {
      assertSame(chain, point);
    }
    MemoryDirectory incoming =
        disk.openDirectory("chains").openDirectory("vm").openDirectory("incoming");
    assertEquals(List.of("LOCK"), incoming.list());
  }

  @Test
  void afterACrashEachBlockThatCameIsThereAndATornOneIsMissing() throws IOException {
    MemoryDirectory process = disk.asProcess("dies");
    store = Store.open(process, ChainInMemory.ENVIRONMENT);
    Chain chain = create();
    Incoming incoming = Incoming.open(chain);
    accept(incoming, chain, coming(4));
    IncomingFile base = incoming.files().getFirst();
    fetchMetadata(base);
    int all = (int) (base.wantedBytes() >> 20);
    assertTrue(all >= 3, "blocks: " + all);
    long torn = base.nextMissing(0);
    base.putBlock(torn, fetch(base.entry(), base.range(torn)));
    long good = base.nextMissing(torn + 1);
    base.putBlock(good, fetch(base.entry(), base.range(good)));
    String part = IncomingFile.partName(base.entry());
    Chain again = restart(process);
    MemoryDirectory parts =
        disk.openDirectory("chains").openDirectory("vm").openDirectory("incoming");
    try (StoreOutput out = parts.reopen(part)) {
      out.write(base.range(torn).offset() + 700, MemorySegment.ofArray(new byte[] {1, 2, 3}));
    }
    try (Incoming next = Incoming.open(again)) {
      IncomingFile file = next.files().getFirst();
      assertTrue(file.hasMetadata());
      assertEquals(torn, file.nextMissing(0));
      assertFalse(file.has(base.range(torn).offset(), 1));
      assertTrue(file.has(base.range(good).offset(), base.range(good).length()));
      fetchAll(next);
      next.commit(false);
      next.clear();
    }
    assertSame(again, 4);
  }

  @Test
  void bytesThatDoNotCertifyThemselvesAreRefusedAndMissingAsBefore() throws IOException {
    Chain chain = create();
    try (Incoming incoming = Incoming.open(chain)) {
      accept(incoming, chain, coming(4));
      IncomingFile file = incoming.files().getFirst();
      for (IncomingFile.Range range : file.missingMetadata()) {
        file.putMetadata(range, fetch(file.entry(), range));
      }
      List<IncomingFile.Range> middle = file.missingMetadata();
      MemorySegment wrong = fetch(file.entry(), middle.getFirst());
      wrong.set(ValueLayout.JAVA_BYTE, 9, (byte) 77);
      assertThrows(
          CorruptFileException.class,
          () -> {
            for (IncomingFile.Range range : middle) {
              file.putMetadata(
                  range, range.equals(middle.getFirst()) ? wrong : fetch(file.entry(), range));
            }
          });
      assertEquals(2, file.missingMetadata().size()); // header and footer: all over again
      fetchMetadata(file);
      long block = file.nextMissing(0);
      MemorySegment bytes = fetch(file.entry(), file.range(block));
      bytes.set(ValueLayout.JAVA_BYTE, 900, (byte) 77);
      assertThrows(CorruptFileException.class, () -> file.putBlock(block, bytes));
      assertEquals(block, file.nextMissing(0));
      assertThrows(IllegalStateException.class, file::seal);
      assertThrows(IllegalStateException.class, () -> incoming.commit(false));
    }
  }

  private Chain received(long point) throws IOException {
    Chain chain = create();
    try (Incoming incoming = Incoming.open(chain)) {
      accept(incoming, chain, coming(point));
      fetchAll(incoming);
      incoming.commit(false);
      incoming.clear();
    }
    return chain;
  }

  @Test
  void aChainIsBroughtForwardByWhatItLacks() throws IOException {
    Chain chain = received(2);
    chain.commit(List.of(new Edit.Label(1, "mine")), List.of());
    there.chain().commit(List.of(new Edit.Label(1, "theirs")), List.of());
    try (Incoming incoming = Incoming.open(chain)) {
      accept(incoming, chain, coming(4));
      List<IncomingFile> lacking =
          incoming.files().stream().filter(file -> !file.isWhole()).toList();
      assertEquals(2, lacking.size());
      fetchAll(incoming);
      incoming.check(false);
      assertEquals(2, incoming.commit(false));
      incoming.clear();
    }
    assertSame(chain, 0);
    assertSame(chain, 4);
    assertEquals("mine", chain.restorePoints().get(1).label());
  }

  @Test
  void pointsThatTheSourceForgotAreLostOnlyIfThatIsWanted() throws IOException {
    Chain chain = received(3);
    there
        .chain()
        .commit(
            List.of(new Edit.Forget(PointSet.of(List.of(new PointSet.Range(1, 2))))), List.of());
    try (Incoming incoming = Incoming.open(chain)) {
      accept(incoming, chain, coming(4));
      for (IncomingFile file : incoming.files()) {
        fetchMetadata(file);
      }
      BusyException e = assertThrows(BusyException.class, () -> incoming.check(false));
      assertTrue(String.valueOf(e.getMessage()).contains("--mirror"), e.getMessage());
      incoming.check(true);
      fetchAll(incoming);
      assertThrows(BusyException.class, () -> incoming.commit(false));
      incoming.commit(true);
      incoming.clear();
    }
    assertEquals(
        List.of(0L, 3L, 4L),
        chain.restorePoints().stream().map(ChainSnapshot.RestorePoint::checkpoint).toList());
    chain.commit(List.of(new Edit.Pin(3, true)), List.of());
    assertSame(chain, 3);
  }

  @Test
  void aPinnedPointIsNeverLost() throws IOException {
    Chain chain = received(3);
    chain.commit(List.of(new Edit.Pin(1, true)), List.of());
    there
        .chain()
        .commit(
            List.of(new Edit.Forget(PointSet.of(List.of(new PointSet.Range(1, 2))))), List.of());
    try (Incoming incoming = Incoming.open(chain)) {
      accept(incoming, chain, coming(4));
      fetchAll(incoming);
      assertThrows(BusyException.class, () -> incoming.commit(true));
    }
    assertSame(chain, 3);
  }

  @Test
  void nobodyAppendsWhileAStateIsComingAndAnybodyMayAfterwards() throws IOException {
    Chain chain = received(2);
    try (Incoming incoming = Incoming.open(chain)) {
      accept(incoming, chain, coming(4));
      BusyException e = assertThrows(BusyException.class, () -> checkpoint(chain));
      assertTrue(String.valueOf(e.getMessage()).contains("--abandon"), e.getMessage());
      chain.commit(List.of(new Edit.Label(2, "while it comes")), List.of());
      fetchAll(incoming);
      incoming.commit(false);
      checkpoint(chain); // the point is here, though nothing is cleared yet
      assertTrue(incoming.isDone());
      incoming.clear();
    }
    assertEquals("while it comes", chain.restorePoints().get(2).label());
    assertSame(chain, 4);
  }

  private void checkpoint(Chain chain) throws IOException {
    new Checkpointer(chain).checkpoint(machine, ChainInMemory.WHOLE, Progress.NONE);
  }

  @Test
  void anEmptyChainThatIsAskedForTakesNoFirstCheckpoint() throws IOException {
    Chain chain = create();
    try (Incoming incoming = Incoming.open(chain)) {
      incoming.ask(false, SOURCE);
      assertThrows(BusyException.class, () -> checkpoint(chain));
    }
    Id id = chain.manifest().identity().chain();
    assertFalse(store.removeUnused("vm", id), "something is coming");
    assertEquals("t-1", Incoming.abandon(chain).orElseThrow().sources().getFirst().token());
    checkpoint(chain);
    assertFalse(store.removeUnused("vm", id), "it has a point");
  }

  @Test
  void aChainThatNothingCameIntoIsTakenAway() throws IOException {
    Chain chain = create();
    try (Incoming incoming = Incoming.open(chain)) {
      accept(incoming, chain, coming(1));
      fetchMetadata(incoming.files().getFirst());
    }
    Incoming.abandon(chain);
    assertTrue(store.removeUnused("vm", chain.manifest().identity().chain()));
    assertEquals(List.of(), store.chainNames());
    assertEquals(List.of(), disk.openDirectory("chains").list());
  }

  @Test
  void aCheckpointThatCameBeforeTheStateWasWrittenDownStopsIt() throws IOException {
    Chain chain = received(2);
    try (Incoming incoming = Incoming.open(chain)) {
      Optional<Manifest.Tip> compared = chain.manifest().tip();
      incoming.ask(false, SOURCE);
      checkpoint(chain);
      IncomingState.Coming coming = coming(4);
      assertThrows(BusyException.class, () -> incoming.accept(coming, compared));
      assertTrue(Incoming.look(chain).orElseThrow().coming().isEmpty());
    }
  }

  @Test
  void oneProcessReceives() throws IOException {
    Chain chain = create();
    Chain other = Store.open(disk.asProcess("other"), ChainInMemory.ENVIRONMENT).open("vm");
    try (Incoming _ = Incoming.open(chain)) {
      assertThrows(BusyException.class, () -> Incoming.open(other).close());
      assertThrows(BusyException.class, () -> Incoming.abandon(other));
    }
    Incoming.open(other).close();
  }

  @Test
  void anotherChainAndAnotherFileOfTheSameIdAreRefused() throws IOException {
    Chain stranger = store.create("vm", Id.random(new Random(5)), PAGE);
    try (Incoming incoming = Incoming.open(stranger)) {
      BusyException e =
          assertThrows(BusyException.class, () -> accept(incoming, stranger, coming(1)));
      assertTrue(String.valueOf(e.getMessage()).contains("its id is"), e.getMessage());
    }
    store.create("twin", there.chain().manifest().identity().chain(), PAGE).close();
    Chain twin = store.open("twin");
    try (Incoming incoming = Incoming.open(twin)) {
      accept(incoming, twin, coming(1));
      fetchAll(incoming);
      incoming.commit(false);
      incoming.clear();
      Manifest good = coming(2).manifest();
      FileEntry base = good.files().getFirst();
      FileEntry lie =
          new FileEntry(
              base.role(),
              base.name(),
              base.through(),
              base.throughId(),
              0,
              base.length(),
              good.files().get(1).sha());
      List<FileEntry> files = new ArrayList<>(good.files());
      files.set(0, lie);
      assertThrows(
          CorruptFileException.class,
          () ->
              accept(incoming, twin, IncomingState.Coming.of(good.withFiles(List.copyOf(files)))));
    }
  }

  @Test
  void onePointAloneMakesANewChainOfOnePoint() throws IOException {
    Chain chain = create();
    IncomingState.Coming only;
    try (ChainSnapshot snapshot = there.chain().snapshot()) {
      only = IncomingState.Coming.of(ChainState.upTo(snapshot, 2, true));
    }
    try (Incoming incoming = Incoming.open(chain)) {
      incoming.ask(true, SOURCE);
      incoming.accept(only, Optional.empty());
      fetchAll(incoming);
      incoming.commit(false);
      incoming.clear();
      incoming.ask(true, SOURCE);
      assertThrows(BusyException.class, () -> incoming.accept(only, chain.manifest().tip()));
    }
    assertEquals(1, chain.restorePoints().size());
    assertSame(chain, 2);
  }
}
