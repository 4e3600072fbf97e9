package dev.cairn.merge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.chain.Chain;
import dev.cairn.chain.Damage;
import dev.cairn.chain.Edit;
import dev.cairn.chain.Finding;
import dev.cairn.chain.Progress;
import dev.cairn.chain.Store;
import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.chain.manifest.PointSet;
import dev.cairn.store.BusyException;
import dev.cairn.store.CorruptFileException;
import dev.cairn.store.io.MemoryDirectory;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a repair does where nothing is intact, nothing is damaged, or more is to be kept. */
class RepairCasesTest {
  private final RepairScene scene = new RepairScene();

  RepairCasesTest() throws IOException {}

  @ParameterizedTest
  @EnumSource(names = {"PAGE", "INDEX", "FOOTER", "MISSING", "SECTION"})
  void whereNothingIsIntactNothingIsChanged(BaseHarm harm) throws IOException {
    Rot rot = new Rot(scene.disk, "vm");
    FileEntry base = scene.index(0);
    switch (harm) {
      case PAGE -> rot.flip(rot.page(base, 50, 0).orElseThrow());
      case INDEX -> rot.flip(rot.index(base));
      case FOOTER -> rot.flip(rot.footer(base));
      case MISSING -> rot.delete(base.name());
      case SECTION -> {
        rot.flip(rot.section(base, 0, "tick"));
        rot.flip(rot.section(scene.index(4), 4, "same"));
      }
    }
    scene.reopen();
    Map<String, byte[]> before = scene.disk.save("vm");
    List<Finding> findings = new ArrayList<>();
    assertThrows(
        CorruptFileException.class,
        () -> new Repairer(scene.chain).examine(findings::add),
        "nothing");
    assertFalse(findings.isEmpty(), "and all damage was told");
    RepairScene.assertSameFiles(before, scene.disk.save("vm"));
    assertFalse(scene.disk.directory("vm").exists("damaged"));
  }

  /** What may happen to a base image. */
  enum BaseHarm {
    PAGE,
    INDEX,
    FOOTER,
    MISSING,
    SECTION
  }

  @Test
  void aChainWithoutDamageIsLeftAsItIs() throws IOException {
    assertEquals(List.of(), scene.repair());
    RepairScene.assertSameFiles(scene.saved, scene.disk.save("vm"));
  }

  @Test
  void aChainThatChangedSinceItWasExaminedIsNotRepaired() throws IOException {
    RepairScene.page(8, 3).to(scene, new Rot(scene.disk, "vm"));
    scene.reopen();
    Repairer repairer = new Repairer(scene.chain);
    Damage damage = repairer.examine(_ -> {}).orElseThrow();
    scene.history.checkpoint(scene.chain, RepairScene.PAGES);
    Map<String, byte[]> before = scene.disk.save("vm");
    assertThrows(BusyException.class, () -> repairer.repair(damage));
    before.put("MERGE.lock", new byte[0]);
    RepairScene.assertSameFiles(before, scene.disk.save("vm"));
    assertFalse(scene.disk.directory("vm").exists("damaged"));
    scene.repair();
    List<Long> left = RepairScene.without(3);
    left.add(RepairScene.TIP + 1);
    assertEquals(left, scene.history.assertClean(scene.chain));
  }

  /** A file may come back by a copy, and rot again. */
  @Test
  void aSecondRepairPutsFilesOfTheSameNamesAside() throws IOException {
    FileEntry top = scene.index(9);
    Map<String, byte[]> sound = scene.disk.save("vm");
    for (int repairs = 1; repairs <= 2; repairs++) {
      Rot rot = new Rot(scene.disk, "vm");
      rot.flip(rot.page(top, 69, 9).orElseThrow());
      scene.reopen();
      scene.repair();
      assertEquals(RepairScene.upTo(8), scene.history.assertClean(scene.chain));
      MemoryDirectory damaged = scene.disk.directory("vm").openDirectory("damaged");
      assertEquals(repairs, damaged.list().size());
      for (String repair : damaged.list()) {
        assertTrue(damaged.openDirectory(repair).exists(top.name().text()));
        assertTrue(damaged.openDirectory(repair).exists("MANIFEST"));
      }
      try (Store store = scene.disk.open()) {
        MemoryStore elsewhere = new MemoryStore(17);
        elsewhere.load("vm", sound);
        try (Chain source = elsewhere.chain("vm");
            var snapshot = source.snapshot()) {
          store.copy(snapshot, "vm", Progress.NONE);
        }
      }
      assertEquals(RepairScene.upTo(RepairScene.TIP), scene.history.assertClean(scene.chain));
      top = scene.index(9);
    }
  }

  @Test
  void pinsLabelsAndHoldsOfIntactPointsStay() throws IOException {
    for (long n : List.of(1L, 4L, 9L)) {
      scene.chain.commit(
          List.of(
              new Edit.Pin(n, true),
              new Edit.Label(n, "l" + n),
              new Edit.TakeHold("h" + n, n, "somebody")),
          List.of());
    }
    Rot rot = new Rot(scene.disk, "vm");
    RepairScene.section(4, "tick").to(scene, rot);
    RepairScene.section(9, "tick").to(scene, rot);
    scene.reopen();
    scene.repair();
    assertEquals(RepairScene.without(4, 9), scene.history.assertClean(scene.chain));
    var marks = scene.chain.manifest().marks();
    assertEquals(List.of(1L), List.copyOf(marks.pins()));
    assertEquals(List.of("h1"), marks.holds().stream().map(h -> h.token()).toList());
    try (var snapshot = scene.chain.snapshot()) {
      assertEquals("l1", snapshot.describe(snapshot.point(1)).label());
    }
    scene.goOn(RepairScene.without(4, 9));
  }

  /** A fork shares the damaged file, and is repaired by itself. */
  @Test
  void aCappedChainIsRepaired() throws IOException {
    try (Store store = scene.disk.open()) {
      store.fork(scene.chain, 4, "fork");
    }
    Rot rot = new Rot(scene.disk, "fork");
    rot.flip(rot.page(scene.index(3), 8, 3).orElseThrow());
    Chain fork = scene.disk.chain("fork");
    Repairer repairer = new Repairer(fork);
    repairer.repair(repairer.examine(_ -> {}).orElseThrow());
    assertEquals(List.of(0L, 1L, 2L, 4L), scene.history.assertClean(fork));
    assertEquals(RepairScene.upTo(RepairScene.TIP), scene.history.assertClean(scene.chain));
  }

  /** What a layer says below the base is not asked any more. */
  @Test
  void whatTheBaseHidesIsNoLoss() throws IOException {
    PointSet points = PointSet.of(List.of(new PointSet.Range(0, 2)));
    scene.chain.commit(List.of(new Edit.Forget(points)), List.of());
    new BaseMover(scene.chain, Progress.NONE).move();
    assertEquals(RepairScene.without(0, 1, 2), scene.history.assertClean(scene.chain));
    Rot rot = new Rot(scene.disk, "vm");
    rot.flip(rot.page(scene.index(4), 62, 2).orElseThrow());
    rot.flip(rot.section(scene.index(4), 3, "tick"));
    scene.reopen();
    assertEquals(2, RepairScene.files(scene.repair()).size());
    assertEquals(RepairScene.without(0, 1, 2), scene.history.assertClean(scene.chain));
    scene.goOn(RepairScene.without(0, 1, 2));
  }

  /** Damage to what the cap hides loses nothing. */
  @Test
  void whatACapHidesIsNoLoss() throws IOException {
    try (Store store = scene.disk.open()) {
      store.fork(scene.chain, 3, "fork");
    }
    Rot rot = new Rot(scene.disk, "fork");
    rot.flip(rot.page(scene.index(4), 64, 4).orElseThrow());
    Chain fork = scene.disk.chain("fork");
    Repairer repairer = new Repairer(fork);
    repairer.repair(repairer.examine(_ -> {}).orElseThrow());
    assertEquals(RepairScene.upTo(3), scene.history.assertClean(fork));
  }
}
