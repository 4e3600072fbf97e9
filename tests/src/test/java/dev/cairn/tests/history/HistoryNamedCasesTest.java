package dev.cairn.tests.history;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.manifest.Manifest;
import dev.cairn.chain.retention.RetentionRules;
import dev.cairn.store.NoSuchPointException;
import dev.cairn.store.file.FrameCodec;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What must hold of merged layers, by name. Point n of chain vm has value n + 1 in page 7, and
 * pages of its own. Beside what each case says, everything is compared with the model.
 */
class HistoryNamedCasesTest {
  private static final String BLOCK = "pc.ram";
  private static final long PAGE = 7;

  private final History history;

  HistoryNamedCasesTest() throws IOException {
    history = History.of(1);
  }

  @BeforeEach
  void makeEightPoints() throws IOException {
    history.apply(
        new Op.Checkpoint(
            "vm",
            new Op.Form(false, FrameCodec.PLAIN, ""),
            List.of(new Op.Length(BLOCK, 4100), new Op.Fill(BLOCK, PAGE, 1))));
    for (int n = 1; n < 8; n++) {
      history.apply(point("vm", n + 1));
    }
  }

  @AfterEach
  void everythingElseIsRightToo() throws IOException {
    history.checkAll();
  }

  /** A delta that writes one value into page 7 and into a page of its own. */
  private static Op point(String chain, long value) {
    return delta(
        chain,
        new Op.Fill(BLOCK, PAGE, value),
        new Op.Fill(BLOCK, 4090 + value, value),
        new Op.Device("devices", value));
  }

  private static Op delta(String chain, Op.Change... changes) {
    return new Op.Checkpoint(chain, new Op.Form(true, FrameCodec.PLAIN, ""), List.of(changes));
  }

  /** Fails unless the page has that value at the point; 0 is zero. */
  private void assertShows(long value, String chain, long point, long page) throws IOException {
    try (ChainSnapshot snapshot = history.real().chain(chain).snapshot();
        Arena arena = Arena.ofConfined()) {
      MemorySegment read = arena.allocate(Machine.PAGE, 64);
      snapshot.view(point).read(0, page, read);
      byte[] found = new byte[Machine.PAGE];
      MemorySegment.copy(read, 0, MemorySegment.ofArray(found), 0, Machine.PAGE);
      byte[] right = value == 0 ? new byte[Machine.PAGE] : Content.ofPage(BLOCK, page, value);
      assertArrayEquals(right, found, chain + "@" + point + " page " + page);
    }
  }

  private void assertNoSuchPoint(String chain, long point) throws IOException {
    try (ChainSnapshot snapshot = history.real().chain(chain).snapshot()) {
      assertThrows(NoSuchPointException.class, () -> snapshot.view(point));
    }
  }

  private Manifest manifest(String chain) throws IOException {
    return history.real().chain(chain).manifest();
  }

  @Test
  void aForkInsideAMergedLayerDoesNotSeeTheSourcesFuture() throws IOException {
    history.apply(List.of(new Op.Compact("vm"), new Op.Fork("vm", 5, "other")));
    assertEquals(1, manifest("other").layers().size());
    assertShows(6, "other", 5, PAGE);
    assertShows(0, "other", 5, 4090 + 8);
    assertNoSuchPoint("other", 6);
    history.apply(delta("other", new Op.Fill(BLOCK, 1, 99)));
    assertShows(6, "other", 6, PAGE);
    assertShows(0, "other", 6, 4090 + 7);
    history.apply(new Op.Compact("other"));
    assertShows(6, "other", 6, PAGE);
    assertShows(7, "vm", 6, PAGE);
  }

  @Test
  void aForkOfTheBaseAloneSeesNoLayer() throws IOException {
    history.apply(List.of(new Op.Compact("vm"), new Op.Fork("vm", 0, "other"), point("other", 50)));
    assertShows(1, "other", 0, PAGE);
    assertShows(50, "other", 1, PAGE);
  }

  @Test
  void aPointForgottenInsideAMergedLayerIsNeverAnOlderPage() throws IOException {
    history.apply(List.of(new Op.Compact("vm"), new Op.Forget("vm", 3, 4)));
    assertNoSuchPoint("vm", 3);
    assertNoSuchPoint("vm", 4);
    assertShows(3, "vm", 2, PAGE);
    assertShows(6, "vm", 5, PAGE);
    history.apply(new Op.Compact("vm"));
    assertNoSuchPoint("vm", 3);
    assertThrows(
        NoSuchPointException.class,
        () -> history.real().perform(new Op.Pin("vm", 3, true), Machine.NONE));
    assertThrows(
        NoSuchPointException.class,
        () -> history.real().perform(new Op.Fork("vm", 3, "other"), Machine.NONE));
    assertShows(6, "vm", 5, PAGE);
  }

  @Test
  void anAppendDuringAMergeIsKept() throws IOException {
    history.apply(new Op.MergeRun("vm", 0, 7, List.of(point("vm", 9), point("vm", 10))));
    assertEquals(3, manifest("vm").layers().size());
    assertShows(9, "vm", 8, PAGE);
    assertShows(10, "vm", 9, PAGE);
  }

  @Test
  void aForkDuringAMergeHasItsPoint() throws IOException {
    List<Op> meanwhile = List.of(new Op.Fork("vm", 4, "other"), point("other", 60));
    history.apply(new Op.MergeRun("vm", 1, 5, meanwhile));
    history.apply(new Op.Forget("vm", 0, 6));
    history.apply(new Op.Compact("vm"));
    assertShows(5, "other", 4, PAGE);
    assertShows(60, "other", 5, PAGE);
  }

  @Test
  void whatIsForgottenDuringAMergeStaysForgotten() throws IOException {
    List<Op> meanwhile =
        List.of(
            new Op.Forget("vm", 2, 3), new Op.Label("vm", 5, "late"), new Op.Pin("vm", 4, true));
    history.apply(new Op.MergeRun("vm", 0, 7, meanwhile));
    assertNoSuchPoint("vm", 2);
    history.apply(new Op.Compact("vm"));
    assertNoSuchPoint("vm", 2);
    assertShows(5, "vm", 4, PAGE);
  }

  @Test
  void aHoldKeepsItsPointAndItsFiles() throws IOException {
    List<String> held = new ArrayList<>();
    manifest("vm").files().forEach(file -> held.add(file.name().text()));
    history.apply(new Op.Hold("vm", 3, "server"));
    overwriteEverything();
    history.apply(List.of(new Op.Forget("vm", 0, 7), new Op.Compact("vm"), new Op.Sweep("vm")));
    assertShows(4, "vm", 3, PAGE);
    assertNoSuchPoint("vm", 2);
    List<String> there = history.real().chain("vm").directory().list();
    assertTrue(there.containsAll(held), "files that the hold needs: " + held + ", are " + there);
    history.apply(
        List.of(new Op.Release("vm", "server"), new Op.Forget("vm", 3, 3), new Op.Compact("vm")));
    assertNoSuchPoint("vm", 3);
    List<String> after = history.real().chain("vm").directory().list();
    held.removeIf(name -> name.endsWith(".base"));
    held.removeAll(after);
    assertEquals(7, held.size(), "layers of the hold that went with it; there are " + after);
  }

  /** Nothing that an older layer has is seen by points from this one on. */
  private void overwriteEverything() throws IOException {
    List<Op.Change> changes = new ArrayList<>();
    changes.add(new Op.Fill(BLOCK, PAGE, 100));
    changes.add(new Op.Device("devices", 100));
    for (long page = 4090; page < 4099; page++) {
      changes.add(new Op.Fill(BLOCK, page, 100));
    }
    history.apply(delta("vm", changes.toArray(Op.Change[]::new)));
  }

  @Test
  void aPinKeepsItsPoint() throws IOException {
    history.apply(
        List.of(
            new Op.Pin("vm", 2, true),
            new Op.Forget("vm", 0, 7),
            new Op.Compact("vm"),
            new Op.Forget("vm", 0, 7),
            new Op.Compact("vm")));
    assertShows(3, "vm", 2, PAGE);
    assertNoSuchPoint("vm", 5);
    history.apply(List.of(new Op.Pin("vm", 2, false), new Op.Forget("vm", 0, 7)));
    assertNoSuchPoint("vm", 2);
  }

  @Test
  void aLabelSurvivesMerges() throws IOException {
    history.apply(
        List.of(
            new Op.Label("vm", 2, "vor dem Umzug"),
            new Op.MergeRun("vm", 1, 3, List.of()),
            new Op.Compact("vm"),
            new Op.Label("vm", 2, "danach"),
            new Op.Compact("vm"),
            new Op.Fork("vm", 6, "other"),
            new Op.Compact("other")));
    for (String chain : List.of("vm", "other")) {
      try (ChainSnapshot snapshot = history.real().chain(chain).snapshot()) {
        assertEquals("danach", snapshot.describe(snapshot.point(2)).label());
      }
    }
  }

  @Test
  void aBlockThatShrinksAndGrowsAgainShowsZeros() throws IOException {
    long page = 4090 + 8;
    history.apply(List.of(delta("vm", new Op.Length(BLOCK, 40)), new Op.Compact("vm")));
    history.apply(delta("vm", new Op.Length(BLOCK, 4120)));
    assertShows(8, "vm", 7, page);
    assertShows(0, "vm", 9, page);
    assertShows(8, "vm", 9, PAGE);
    history.apply(List.of(new Op.Forget("vm", 8, 8), new Op.Compact("vm")));
    assertShows(0, "vm", 9, page);
    assertShows(8, "vm", 7, page);
  }

  @Test
  void aBlockThatVanishesAndComesBackShowsZeros() throws IOException {
    history.apply(
        List.of(
            delta("vm", new Op.Length("vga", 40), new Op.Fill("vga", 3, 5)),
            delta("vm", new Op.Length("vga", 0)),
            delta("vm", new Op.Length("vga", 60), new Op.Fill("vga", 4, 6)),
            new Op.Compact("vm")));
    history.checkAll();
    history.apply(List.of(new Op.Forget("vm", 0, 9), new Op.Compact("vm")));
  }

  @Test
  void rewritingACappedLayerKeepsWhatWasSaidOfPointsAboveTheCap() throws IOException {
    history.apply(
        List.of(
            new Op.Compact("vm"),
            new Op.Fork("vm", 1, "other"),
            point("other", 50),
            point("other", 51),
            point("other", 52),
            new Op.Forget("other", 2, 2),
            new Op.Label("other", 3, "mine"),
            new Op.MergeRun("other", 0, 1, List.of())));
    assertNoSuchPoint("other", 2);
    assertEquals("mine", manifest("other").marks().labels().get(3L));
  }

  @Test
  void aForkOfAMergedLayerIsCleanAndLetsItsSourcesFilesGo() throws IOException {
    history.apply(
        List.of(new Op.Compact("vm"), new Op.Fork("vm", 2, "other"), new Op.Verify("other")));
    history.apply(
        List.of(
            point("other", 50),
            new Op.Compact("other"),
            new Op.Pack("other"),
            new Op.Sweep("other")));
    List<String> names =
        new ArrayList<>(List.of("LOCK", "MANIFEST", "MANIFEST.spare", "MERGE.lock"));
    manifest("other").files().forEach(file -> names.add(file.name().text()));
    assertEquals(
        names.stream().sorted().toList(), history.real().chain("other").directory().list());
  }

  @Test
  void retentionKeepsWhatItsRulesAskFor() throws IOException {
    history.apply(
        List.of(
            new Op.Label("vm", 1, "daily"),
            new Op.Pin("vm", 3, true),
            new Op.Retain(
                "vm",
                new RetentionRules(2, new RetentionRules.Buckets(3, 0, 0, 0), Set.of("daily"))),
            new Op.Compact("vm")));
    assertShows(2, "vm", 1, PAGE);
    assertNoSuchPoint("vm", 2);
    assertShows(4, "vm", 3, PAGE);
    assertShows(7, "vm", 6, PAGE);
  }

  @Test
  void forgettingInAnEmptyChainDoesNothing() throws IOException {
    RealStore real = new RealStore(1);
    real.create("vm");
    real.perform(new Op.Forget("vm", 0, 3), Machine.NONE);
    real.perform(new Op.Retain("vm", RetentionRules.keepLast(1)), Machine.NONE);
    assertEquals(List.of(), real.list("vm"));
  }
}
