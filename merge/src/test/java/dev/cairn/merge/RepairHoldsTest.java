package dev.cairn.merge;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.chain.Chain;
import dev.cairn.chain.Damage;
import dev.cairn.chain.Edit;
import dev.cairn.chain.Store;
import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.chain.manifest.FileEntry.Role;
import dev.cairn.store.BusyException;
import dev.cairn.store.file.FileName;
import dev.cairn.store.io.HookedDirectory.Call;
import dev.cairn.store.io.MemoryDirectory;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a repair puts aside: also what only a hold kept, and the manifest that it examined. */
class RepairHoldsTest {
  private final RepairScene scene = new RepairScene();

  RepairHoldsTest() throws IOException {}

  /** Holds a point, packs what it draws on, and returns the file of checkpoint 3. */
  private FileName packedUnderAHold(long held) throws IOException {
    scene.chain.commit(List.of(new Edit.TakeHold("t", held, "somebody")), List.of());
    FileName written = scene.written(3).name();
    new Packer(scene.chain)
        .pack(scene.chain.manifest().files(Role.DATA).stream().map(FileEntry::name).toList());
    return written;
  }

  /** What was packed away may be intact where only the hold kept it. */
  @Test
  void whatAHoldKeptIsPutAsideWithTheHold() throws IOException {
    byte[] intact = scene.disk.read("vm", scene.written(3).name().text());
    FileName held = packedUnderAHold(3);
    assertTrue(
        scene.chain.manifest().marks().dropped().stream().anyMatch(d -> d.name().equals(held)));
    RepairScene.page(63, 3).to(scene, new Rot(scene.disk, "vm"));
    scene.reopen();
    scene.repair();
    assertEquals(RepairScene.upTo(2), scene.history.assertClean(scene.chain));
    assertEquals(List.of(), scene.chain.manifest().marks().holds());
    assertFalse(scene.disk.directory("vm").exists(held.text()));
    assertArrayEquals(intact, scene.setAside(held.text()));
  }

  @Test
  void whatAHoldThatStaysKeepsIsNotPutAside() throws IOException {
    FileName held = packedUnderAHold(1);
    RepairScene.page(63, 3).to(scene, new Rot(scene.disk, "vm"));
    scene.reopen();
    scene.repair();
    assertTrue(scene.disk.directory("vm").exists(held.text()));
    MemoryDirectory damaged = scene.disk.directory("vm").openDirectory("damaged");
    assertFalse(damaged.openDirectory(damaged.list().getFirst()).exists(held.text()));
    assertEquals(RepairScene.upTo(2), scene.history.assertClean(scene.chain));
  }

  /** No point is lost by it; whoever has the hold cannot be given that file. */
  @Test
  void whatOnlyAHoldNeedsIsPutAsideIfItIsDamaged() throws IOException {
    Rot.Place place = new Rot(scene.disk, "vm").page(scene.index(3), 63, 3).orElseThrow();
    FileName held = packedUnderAHold(1);
    assertEquals(held, place.file());
    new Rot(scene.disk, "vm").flip(place);
    byte[] damaged = scene.disk.read("vm", held.text());
    scene.reopen();
    assertEquals(List.of(held.text()), RepairScene.files(scene.repair()));
    assertEquals(RepairScene.upTo(RepairScene.TIP), scene.history.assertClean(scene.chain));
    assertEquals(List.of(), scene.repair());
    assertFalse(scene.disk.directory("vm").exists(held.text()));
    assertArrayEquals(damaged, scene.setAside(held.text()));
    assertEquals(1, scene.chain.manifest().marks().holds().size());
    scene.goOn(RepairScene.upTo(RepairScene.TIP));
  }

  /** Nobody can publish another manifest between the look at the head and the links. */
  @Test
  void theManifestThatIsPutAsideIsTheExaminedOne() throws IOException {
    RepairScene.page(8, 3).to(scene, new Rot(scene.disk, "vm"));
    Chain other = scene.disk.chain("vm");
    try (Store store =
            scene.disk.open(
                (call, path) -> {
                  if (call == Call.MAKE_DIRECTORY && path.endsWith("/damaged")) {
                    assertThrows(
                        BusyException.class,
                        () -> other.commit(List.of(new Edit.Pin(5, true)), List.of()));
                  }
                });
        Chain repaired = store.open("vm")) {
      Repairer repairer = new Repairer(repaired);
      Damage damage = repairer.examine(_ -> {}).orElseThrow();
      byte[] examined = scene.disk.read("vm", "MANIFEST");
      repairer.repair(damage);
      assertArrayEquals(examined, scene.setAside("MANIFEST"));
    }
    assertEquals(RepairScene.without(3), scene.history.assertClean(other));
  }
}
