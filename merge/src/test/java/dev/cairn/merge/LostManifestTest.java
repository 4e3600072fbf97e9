package dev.cairn.merge;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.chain.Chain;
import dev.cairn.chain.Damage;
import dev.cairn.chain.Edit;
import dev.cairn.chain.Finding;
import dev.cairn.chain.Store;
import dev.cairn.store.CorruptFileException;
import dev.cairn.store.file.FileName;
import dev.cairn.store.io.HookedDirectory.Call;
import dev.cairn.store.io.MemoryDirectory;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A chain whose MANIFEST is lost goes on by its spare, and only where it is lost. */
class LostManifestTest {
  private static final String MANIFEST = "MANIFEST";
  private static final String SPARE = "MANIFEST.spare";

  private final RepairScene scene = new RepairScene();

  LostManifestTest() throws IOException {}

  /** What may happen to a MANIFEST, or to its spare. */
  enum Loss {
    FLIPPED,
    CUT,
    EMPTY,
    REMOVED
  }

  private void lose(String file, Loss loss) throws IOException {
    byte[] text = scene.disk.read("vm", file);
    switch (loss) {
      case FLIPPED -> {
        text[text.length / 2] ^= 1;
        scene.disk.write("vm", file, text);
      }
      case CUT -> scene.disk.write("vm", file, Arrays.copyOf(text, text.length - 20));
      case EMPTY -> scene.disk.write("vm", file, new byte[0]);
      case REMOVED -> scene.disk.directory("vm").delete(file);
    }
  }

  private List<Finding> repair() throws IOException {
    List<Finding> findings = new ArrayList<>();
    try (Store store = scene.disk.open();
        Chain chain = store.openDamaged("vm")) {
      chain.manifestDamage().map(Finding::of).ifPresent(findings::add);
      chain.restoreManifest();
      Repairer repairer = new Repairer(chain);
      Optional<Damage> damage = repairer.examine(findings::add);
      if (damage.isPresent()) {
        repairer.repair(damage.get());
      }
    }
    scene.chain = scene.disk.chain("vm");
    return findings;
  }

  @ParameterizedTest
  @EnumSource
  void aLostManifestComesBackAsItWas(Loss loss) throws IOException {
    scene.chain.commit(List.of(new Edit.Pin(4, true), new Edit.Label(5, "five")), List.of());
    Map<String, byte[]> before = scene.disk.save("vm");
    lose(MANIFEST, loss);
    Map<String, byte[]> lost = scene.disk.save("vm");
    CorruptFileException e =
        assertThrows(CorruptFileException.class, () -> scene.disk.chain("vm"), "only to repair it");
    assertTrue(e.file().endsWith(MANIFEST), e.file());
    assertEquals(List.of(MANIFEST), RepairScene.files(repair()));
    RepairScene.assertSameFiles(before, scene.disk.save("vm"));
    if (loss != Loss.REMOVED) {
      assertArrayEquals(lost.get(MANIFEST), scene.setAside("MANIFEST.lost"));
    }
    scene.goOn(RepairScene.upTo(RepairScene.TIP));
  }

  @Test
  void bothMayBeDamagedThePagesAndTheManifest() throws IOException {
    Rot rot = new Rot(scene.disk, "vm");
    String page = RepairScene.page(8, 3).to(scene, rot).text();
    lose(MANIFEST, Loss.FLIPPED);
    byte[] lost = scene.disk.read("vm", MANIFEST);
    byte[] examined = scene.disk.read("vm", SPARE);
    assertEquals(List.of(page, MANIFEST), RepairScene.files(repair()));
    assertArrayEquals(lost, scene.setAside("MANIFEST.lost"));
    assertArrayEquals(examined, scene.setAside(MANIFEST));
    scene.goOn(RepairScene.without(3));
  }

  @Test
  void verifyTellsOfItAndGoesOnByTheSpare() throws IOException {
    Rot rot = new Rot(scene.disk, "vm");
    String page = RepairScene.page(8, 3).to(scene, rot).text();
    lose(MANIFEST, Loss.CUT);
    try (Store store = scene.disk.open();
        Chain chain = store.openDamaged("vm")) {
      assertEquals(List.of(page, MANIFEST), RepairScene.files(History.findings(chain)));
    }
  }

  @ParameterizedTest
  @EnumSource
  void whereBothAreLostNothingIsChanged(Loss loss) throws IOException {
    lose(MANIFEST, loss);
    lose(SPARE, loss);
    Map<String, byte[]> before = scene.disk.save("vm");
    assertThrows(CorruptFileException.class, this::repair);
    RepairScene.assertSameFiles(before, scene.disk.save("vm"));
    assertFalse(scene.disk.directory("vm").exists("damaged"));
  }

  @ParameterizedTest
  @EnumSource
  void aLostSpareIsNoDamageAndIsWrittenAnew(Loss loss) throws IOException {
    Map<String, byte[]> before = scene.disk.save("vm");
    lose(SPARE, loss);
    scene.reopen();
    assertEquals(List.of(), History.findings(scene.chain));
    assertTrue(scene.chain.spareDamage().orElseThrow().file().endsWith(SPARE));
    assertEquals(List.of(), repair());
    RepairScene.assertSameFiles(before, scene.disk.save("vm"));
    lose(SPARE, loss);
    scene.history.checkpoint(scene.chain, RepairScene.PAGES);
    assertEquals(Optional.empty(), scene.chain.spareDamage());
    assertArrayEquals(scene.disk.read("vm", MANIFEST), scene.disk.read("vm", SPARE));
  }

  /**
   * A crash between MANIFEST and spare, or a disk that was full, and then rot: what only MANIFEST
   * knew is kept aside, and its numbers are not used again.
   */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 5})
  void whatAnOlderSpareDoesNotNameIsSetAside(int behind) throws IOException {
    byte[] older = scene.disk.read("vm", SPARE);
    for (int i = 0; i < behind; i++) {
      scene.history.checkpoint(scene.chain, RepairScene.PAGES);
    }
    String newest = scene.index(RepairScene.TIP + behind).name().text();
    byte[] layer = scene.disk.read("vm", newest);
    scene.disk.write("vm", SPARE, older);
    lose(MANIFEST, Loss.FLIPPED);
    assertEquals(List.of(MANIFEST), RepairScene.files(repair()));
    assertEquals(RepairScene.TIP, scene.chain.manifest().tip().orElseThrow().number());
    assertArrayEquals(layer, scene.setAside(newest));
    long next = RepairScene.TIP + behind + 1;
    assertEquals(next, scene.chain.manifest().next());
    assertEquals(next, scene.history.checkpoint(scene.chain, RepairScene.PAGES));
    List<Long> points = new ArrayList<>(RepairScene.upTo(RepairScene.TIP));
    points.add(next);
    assertEquals(points, scene.history.assertClean(scene.chain));
  }

  /** The newest point's file looks like a crashed writer's, but the spare knows better. */
  @Test
  void anOlderManifestDoesNotCostTheNewestPoint() throws IOException {
    byte[] older = scene.disk.read("vm", MANIFEST);
    scene.history.checkpoint(scene.chain, RepairScene.PAGES);
    byte[] newest = scene.disk.read("vm", MANIFEST);
    scene.disk.write("vm", MANIFEST, older);
    Chain rolledBack = scene.disk.chain("vm");
    List<Edit> pin = List.of(new Edit.Pin(4, true));
    assertThrows(CorruptFileException.class, () -> rolledBack.commit(pin, List.of()));
    assertEquals(List.of(), rolledBack.sweep());
    assertArrayEquals(newest, scene.disk.read("vm", SPARE));
    scene.disk.write("vm", MANIFEST, newest);
    scene.reopen();
    scene.goOn(RepairScene.upTo(RepairScene.TIP + 1));
  }

  @Test
  void whatCannotBeASpareHindersNobody() throws IOException {
    scene.disk.directory("vm").delete(SPARE);
    scene.disk.directory("vm").makeDirectory(SPARE).close();
    assertTrue(scene.chain.spareDamage().isPresent());
    assertEquals(List.of(), History.findings(scene.chain));
    try (Store store = scene.disk.open();
        Chain chain = store.openDamaged("vm")) {
      assertEquals(Optional.empty(), new Repairer(chain).examine(_ -> {}));
    }
    scene.chain.commit(List.of(new Edit.Pin(4, true)), List.of());
    scene.disk.directory("vm").deleteDirectory(SPARE);
    scene.disk.write("vm", SPARE, "cairn-manifest 17\n".getBytes(US_ASCII));
    assertTrue(scene.chain.spareDamage().isPresent());
    assertEquals(List.of(), repair());
    assertEquals(Optional.empty(), scene.chain.spareDamage(), "written anew");
  }

  /** An empty chain's spare says nothing against a manifest of which a file is missing. */
  @Test
  void anEmptySpareIsNoReasonToDoubt() throws IOException {
    try (Store store = scene.disk.open()) {
      store.create("empty", MemoryImage.PAGE).close();
    }
    byte[] empty = scene.disk.read("empty", MANIFEST);
    scene.disk.write("vm", SPARE, empty);
    FileName missing = new Rot(scene.disk, "vm").delete(scene.index(RepairScene.TIP).name());
    assertEquals(List.of(missing.text()), RepairScene.files(repair()));
    scene.goOn(RepairScene.upTo(RepairScene.TIP - 1));
  }

  @Test
  void anotherChainsManifestIsNotTaken() throws IOException {
    try (Store store = scene.disk.open()) {
      store.fork(scene.chain, 4, "fork");
    }
    Chain fork = scene.disk.chain("fork");
    scene.history.upTo(4).checkpoint(fork, RepairScene.PAGES);
    Map<String, byte[]> before = scene.disk.save("vm");
    byte[] foreign = scene.disk.read("fork", MANIFEST);
    scene.disk.write("vm", MANIFEST, foreign);
    assertEquals(List.of(MANIFEST), RepairScene.files(repair()));
    RepairScene.assertSameFiles(before, scene.disk.save("vm"));
    scene.disk.write("vm", SPARE, foreign);
    assertEquals(List.of(), repair(), "another chain's spare says nothing");
    scene.goOn(RepairScene.upTo(RepairScene.TIP));
  }

  @Test
  void anEmptyChainHasOneToo() throws IOException {
    try (Store store = scene.disk.open()) {
      store.create("empty", MemoryImage.PAGE).close();
      MemoryDirectory directory = scene.disk.directory("empty");
      byte[] text = scene.disk.read("empty", MANIFEST);
      directory.delete(MANIFEST);
      assertTrue(store.chainNames().contains("empty"));
      assertThrows(CorruptFileException.class, () -> store.open("empty"));
      assertThrows(CorruptFileException.class, () -> store.create("empty", MemoryImage.PAGE));
      try (Chain chain = store.openDamaged("empty")) {
        chain.restoreManifest();
      }
      assertArrayEquals(text, scene.disk.read("empty", MANIFEST));
    }
  }

  @Test
  void aCommitDoesNotFailByItsSpare() throws IOException {
    long generation = scene.chain.manifest().generation();
    byte[] older = scene.disk.read("vm", SPARE);
    int[] renames = new int[1];
    try (Store store =
            scene.disk.open(
                (call, path) -> {
                  if (call == Call.RENAME && ++renames[0] > 1) {
                    throw new IOException(path + ": no room");
                  }
                });
        Chain chain = store.open("vm")) {
      chain.commit(List.of(new Edit.Pin(4, true)), List.of());
      assertEquals(3, renames[0], "once more when files are deleted");
      assertEquals(generation + 1, chain.manifest().generation());
    }
    assertArrayEquals(older, scene.disk.read("vm", SPARE));
    scene.reopen();
    assertEquals(RepairScene.upTo(RepairScene.TIP), scene.history.assertClean(scene.chain));
  }
}
