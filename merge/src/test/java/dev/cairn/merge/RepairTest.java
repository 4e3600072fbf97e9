package dev.cairn.merge;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.chain.Chain;
import dev.cairn.chain.Damage;
import dev.cairn.chain.Finding;
import dev.cairn.merge.MemoryStore.Failure;
import dev.cairn.store.CorruptFileException;
import dev.cairn.store.file.FileKind;
import dev.cairn.store.file.FileName;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A repaired chain is clean and has every point that was intact; what was damaged is put aside. */
class RepairTest {
  private final RepairScene scene = new RepairScene();

  RepairTest() throws IOException {}

  private static Arguments harm(String what, RepairScene.Harm harm, List<Long> left) {
    return Arguments.of(what, harm, left);
  }

  static Stream<Arguments> harms() {
    return Stream.of(
        harm("page of the newest layer", RepairScene.page(69, 9), RepairScene.upTo(8)),
        harm("page of a layer that stays on top", RepairScene.page(66, 6), RepairScene.upTo(5)),
        harm(
            "page of data that some points see",
            RepairScene.page(7, 3),
            RepairScene.without(3, 4, 5)),
        harm(
            "page of data that only an old point sees",
            RepairScene.page(8, 3),
            RepairScene.without(3)),
        harm(
            "page of data that all newer points see", RepairScene.page(63, 3), RepairScene.upTo(2)),
        harm(
            "page of the base that only old points see",
            RepairScene.page(7, 0),
            RepairScene.without(0, 1, 2)),
        harm(
            "index of the newest layer",
            (t, r) -> r.flip(r.index(t.index(9))),
            RepairScene.upTo(8)),
        harm(
            "index of a layer in the middle",
            (t, r) -> r.flip(r.index(t.index(6))),
            RepairScene.upTo(5)),
        harm("index of a merged layer", (t, r) -> r.flip(r.index(t.index(3))), RepairScene.upTo(1)),
        harm(
            "index of data, which nobody asks",
            (t, r) -> r.flip(r.index(t.written(3))),
            RepairScene.without()),
        harm(
            "footer of a layer in the middle",
            (t, r) -> r.flip(r.footer(t.index(6))),
            RepairScene.upTo(5)),
        harm("footer of data", (t, r) -> r.flip(r.footer(t.written(3))), RepairScene.upTo(2)),
        harm("layer that is missing", (t, r) -> r.delete(t.index(6).name()), RepairScene.upTo(5)),
        harm(
            "data file that is missing",
            (t, r) -> r.delete(t.written(4).name()),
            RepairScene.upTo(3)),
        harm("section of one point", RepairScene.section(4, "tick"), RepairScene.without(4)),
        harm("section of the tip", RepairScene.section(9, "tick"), RepairScene.upTo(8)),
        harm("section of the base's point", RepairScene.section(0, "tick"), RepairScene.without(0)),
        harm("section that points share", RepairScene.section(4, "same"), RepairScene.upTo(0)),
        harm(
            "padding of the base",
            (t, r) -> r.flip(r.padding(t.index(0), 0)),
            RepairScene.without()),
        harm("padding of data", (t, r) -> r.flip(r.padding(t.index(3), 3)), RepairScene.without()),
        harm(
            "padding of a layer",
            (t, r) -> r.flip(r.padding(t.index(6), 6)),
            RepairScene.without()),
        harm(
            "padding of the newest layer",
            (t, r) -> r.flip(r.padding(t.index(9), 9)),
            RepairScene.without()),
        harm(
            "several files",
            (t, r) -> {
              RepairScene.page(7, 0).to(t, r);
              RepairScene.section(9, "tick").to(t, r);
              r.flip(r.padding(t.index(1), 1));
              return RepairScene.page(8, 3).to(t, r);
            },
            RepairScene.without(0, 1, 2, 3, 9)));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("harms")
  void aRepairedChainIsCleanAndLosesOnlyWhatWasDamaged(
      String what, RepairScene.Harm harm, List<Long> left) throws IOException {
    FileName file = harm.to(scene, new Rot(scene.disk, "vm"));
    scene.reopen();
    byte[] damaged =
        scene.disk.directory("vm").exists(file.text()) ? scene.disk.read("vm", file.text()) : null;
    List<Finding> verified = History.findings(scene.chain);
    assertTrue(
        verified.stream().anyMatch(finding -> finding.file().equals(file.text())),
        verified::toString);

    Optional<Damage> damage = new Repairer(scene.chain).examine(_ -> {});
    List<Long> lost = new ArrayList<>(RepairScene.upTo(RepairScene.TIP));
    lost.removeAll(left);
    assertEquals(
        lost,
        RepairScene.upTo(RepairScene.TIP).stream()
            .filter(damage.orElseThrow().lost()::contains)
            .toList());
    assertEquals(RepairScene.files(verified), RepairScene.files(scene.repair()));

    assertEquals(left, scene.history.assertClean(scene.chain));
    assertEquals(
        RepairScene.TIP + 1, scene.chain.manifest().next(), "numbers are never used again");
    assertEquals(List.of(), scene.repair(), "nothing is left to repair");
    if (damaged != null) {
      assertArrayEquals(damaged, scene.setAside(file.text()));
    }
    scene.goOn(left);
    if (damaged != null) {
      assertArrayEquals(damaged, scene.setAside(file.text()), "sweeps leave it alone");
    }
  }

  /** One harm for each way that a repair takes. */
  static Stream<Arguments> differentHarms() {
    Set<String> chosen =
        Set.of(
            "page of data that some points see",
            "page of the base that only old points see",
            "index of a layer in the middle",
            "data file that is missing",
            "padding of data",
            "section of the tip",
            "several files");
    return harms().filter(harm -> chosen.contains((String) harm.get()[0]));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("differentHarms")
  void aRepairThatFailsAnywhereCanBeRunAgain(String what, RepairScene.Harm harm, List<Long> left)
      throws IOException {
    harm.to(scene, new Rot(scene.disk, "vm"));
    Map<String, byte[]> rotten = scene.disk.save("vm");
    for (Failure failure : Failure.values()) {
      boolean done = false;
      long n = 0;
      while (!done) {
        n++;
        scene.disk = new MemoryStore(n);
        scene.disk.load("vm", rotten);
        done =
            scene.disk.survives(
                failure,
                n,
                store -> {
                  try (Chain dying = store.open("vm")) {
                    Repairer repairer = new Repairer(dying);
                    repairer.repair(repairer.examine(_ -> {}).orElseThrow());
                  }
                });
        scene.chain = scene.disk.chain("vm");
        scene.repair();
        assertEquals(left, scene.history.assertClean(scene.chain), failure + " at " + n);
      }
      assertTrue(n > 10, n + " calls");
    }
  }

  /** Any byte of any file: it is found and repaired, or it is harmless; nothing else. */
  @Test
  void anyFlippedBitIsFoundAndRepairedOrHarmless() throws IOException {
    long seed = Long.getLong("tests.seed", System.nanoTime());
    Random random = new Random(seed);
    List<FileName> files = History.files(scene.chain);
    int repaired = 0;
    for (int i = 0; i < 150; i++) {
      scene.disk = new MemoryStore(i);
      scene.disk.load("vm", scene.saved);
      FileName file = files.get(random.nextInt(files.size()));
      long length = scene.disk.read("vm", file.text()).length;
      long offset =
          random.nextBoolean() ? length - 1 - random.nextLong(3000) : random.nextLong(length);
      String what = "seed " + seed + ": byte " + offset + " of " + file;
      new Rot(scene.disk, "vm").flip(new Rot.Place(file, Math.max(0, offset)));
      scene.chain = scene.disk.chain("vm");
      List<Finding> verified = History.findings(scene.chain);
      try {
        List<Finding> found = scene.repair();
        assertEquals(RepairScene.files(verified), RepairScene.files(found), what);
        repaired += found.isEmpty() ? 0 : 1;
        List<Long> left = scene.history.assertClean(scene.chain);
        assertTrue(!found.isEmpty() || left.equals(RepairScene.upTo(RepairScene.TIP)), what);
      } catch (CorruptFileException e) {
        assertEquals(FileKind.BASE, file.kind(), what);
        assertFalse(verified.isEmpty(), what);
      }
    }
    assertTrue(repaired > 50, repaired + " repaired");
  }
}
