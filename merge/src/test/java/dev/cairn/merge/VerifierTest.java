package dev.cairn.merge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.chain.Chain;
import dev.cairn.chain.Edit;
import dev.cairn.chain.Finding;
import dev.cairn.chain.Store;
import dev.cairn.chain.Verifier;
import dev.cairn.chain.manifest.Dropped;
import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.chain.manifest.FileEntry.Role;
import dev.cairn.chain.manifest.Hold;
import dev.cairn.chain.manifest.Manifest;
import dev.cairn.chain.manifest.ManifestCodec;
import dev.cairn.chain.manifest.PointSet;
import dev.cairn.store.CorruptFileException;
import dev.cairn.store.NoSuchPointException;
import dev.cairn.store.file.FileName;
import dev.cairn.store.io.HookedDirectory.Call;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Verification tells of every damage, throws for none, and takes nothing sound for damaged. */
class VerifierTest {
  private static final long PAGES = 300;

  private final History history = new History(31);
  private final MemoryStore disk;
  private final Chain chain;
  private final Rot rot;

  VerifierTest() throws IOException {
    disk = new MemoryStore(37);
    try (Store store = disk.open()) {
      chain = store.create("vm", MemoryImage.PAGE);
    }
    rot = new Rot(disk, "vm");
  }

  @BeforeEach
  void write() throws IOException {
    for (int n = 0; n < 10; n++) {
      byte value = (byte) (n + 1);
      int page = 60 + n;
      history.checkpoint(chain, PAGES, image -> image.fill(page, value));
    }
    History.merge(chain, 1, 5);
    assertEquals(List.of(), History.findings(chain));
  }

  private FileEntry layer(int i) throws IOException {
    return chain.manifest().layers().get(i);
  }

  private FileEntry data(int i) throws IOException {
    return chain.manifest().files(Role.DATA).get(i);
  }

  private List<String> damagedFiles() throws IOException {
    return History.findings(disk.chain("vm")).stream()
        .map(Finding::file)
        .distinct()
        .sorted()
        .toList();
  }

  @Test
  void allDamageIsToldAtOnce() throws IOException {
    List<FileName> harmed = new ArrayList<>();
    FileEntry base = chain.manifest().base().orElseThrow();
    harmed.add(rot.flip(rot.page(base, 60, 0).orElseThrow()));
    harmed.add(rot.flip(rot.padding(layer(0), 1)));
    harmed.add(rot.flip(rot.section(layer(1), 2, "tick")));
    harmed.add(rot.flip(rot.page(layer(1), 63, 3).orElseThrow()));
    harmed.add(rot.delete(data(2).name()));
    harmed.add(rot.flip(rot.index(data(3))));
    harmed.add(rot.flip(rot.index(layer(1))));
    harmed.add(rot.flip(rot.footer(layer(2))));
    harmed.add(rot.delete(layer(3).name()));
    harmed.add(rot.flip(rot.page(layer(4), 68, 8).orElseThrow()));
    harmed.add(rot.flip(rot.index(layer(4))));
    assertEquals(harmed.stream().map(FileName::text).distinct().sorted().toList(), damagedFiles());
  }

  /** Of the two files behind, one is asked for pages, and one is not even in use. */
  @Test
  void damagedPointsHideNoDamageBehindThem() throws IOException {
    List<FileName> harmed = new ArrayList<>();
    harmed.add(rot.flip(rot.points(layer(1))));
    harmed.add(rot.flip(rot.page(layer(3), 67, 7).orElseThrow()));
    harmed.add(rot.flip(rot.index(data(3))));
    assertEquals(harmed.stream().map(FileName::text).sorted().toList(), damagedFiles());
  }

  @Test
  void progressComesToItsEnd() throws IOException {
    List<Long> done = new ArrayList<>();
    List<Long> total = new ArrayList<>();
    new Verifier(chain, _ -> {}, 1, new Random(1))
        .run(
            (doneBytes, totalBytes) -> {
              done.add(doneBytes);
              total.add(totalBytes);
            });
    assertEquals(1, total.stream().distinct().count());
    assertEquals(total.getLast(), done.getLast());
    assertEquals(done.stream().sorted().toList(), done);
  }

  @Test
  void everyDamagedPageOfAFileIsTold() throws IOException {
    history.checkpoint(
        chain,
        PAGES,
        image -> {
          for (int page = 0; page < 20; page++) {
            image.fill(page, (byte) 99);
          }
        });
    FileEntry top = chain.manifest().layers().getLast();
    for (int page = 0; page < 20; page += 2) {
      rot.flip(rot.page(top, page, 10).orElseThrow());
    }
    List<Finding> findings = History.findings(disk.chain("vm"));
    assertEquals(10, findings.stream().filter(f -> f.what().equals("page CRC")).count());
    assertEquals(1, findings.stream().filter(f -> f.what().startsWith("CRC of a MiB")).count());
  }

  @Test
  void aShareOfNothingStillReadsAllMetadata() throws IOException {
    rot.flip(rot.page(layer(0), 61, 1).orElseThrow());
    rot.flip(rot.index(layer(2)));
    List<Finding> findings = new ArrayList<>();
    new Verifier(disk.chain("vm"), findings::add, 0, new Random(1)).run();
    assertEquals(
        List.of(layer(2).name().text()), findings.stream().map(Finding::file).distinct().toList());
  }

  @Test
  void aTruncatedFileIsAFinding() throws IOException {
    String file = layer(2).name().text();
    byte[] whole = disk.read("vm", file);
    for (int length : new int[] {0, 1, 127, 128, whole.length / 2, whole.length - 1}) {
      disk.write("vm", file, Arrays.copyOf(whole, length));
      assertEquals(List.of(file), damagedFiles(), length + " bytes");
    }
  }

  @Test
  void aDamagedOrLostManifestIsAFinding() throws IOException {
    rot.flip(new Rot.Place(layer(0).name(), 0));
    byte[] manifest = disk.read("vm", "MANIFEST");
    disk.directory("vm").delete("MANIFEST");
    assertEquals(1, History.findings(chain).size());
    manifest[40] ^= 1;
    disk.write("vm", "MANIFEST", manifest);
    List<Finding> findings = History.findings(chain);
    assertEquals(1, findings.size());
    assertTrue(findings.getFirst().file().endsWith("MANIFEST"));
  }

  @Test
  void anOldManifestThatSomebodyPutBackIsAFinding() throws IOException {
    byte[] old = disk.read("vm", "MANIFEST");
    history.checkpoint(chain, PAGES);
    history.checkpoint(chain, PAGES);
    String newest = chain.manifest().layers().getLast().name().text();
    disk.write("vm", "MANIFEST", old);
    assertEquals(List.of(newest, "MANIFEST"), damagedFiles());
    disk.directory("vm").delete("MANIFEST.spare");
    assertEquals(List.of(newest), damagedFiles());
    List<Finding> findings = new ArrayList<>();
    CorruptFileException e =
        assertThrows(CorruptFileException.class, () -> new Repairer(chain).examine(findings::add));
    assertTrue(String.valueOf(e.getMessage()).contains("put the newest one back"), e.getMessage());
    assertEquals(List.of(newest), RepairScene.files(findings));
  }

  /** A commit that brought no file: but for the spare it would look like a crash before it. */
  @Test
  void theSpareTellsOfAnOldManifestByWhichNothingIsMissing() throws IOException {
    byte[] old = disk.read("vm", "MANIFEST");
    chain.commit(List.of(new Edit.Pin(2, true)), List.of());
    disk.write("vm", "MANIFEST", old);
    List<Finding> findings = History.findings(chain);
    assertEquals(List.of("MANIFEST"), RepairScene.files(findings));
    assertEquals("generation", findings.getFirst().what());
    chain.commit(List.of(new Edit.Pin(3, true)), List.of());
    assertEquals(List.of(), damagedFiles(), "somebody went on from there");
  }

  @Test
  void whatOnlyHoldsNeedIsReadToo() throws IOException {
    chain.commit(List.of(new Edit.TakeHold("t", 2, "somebody")), List.of());
    List<FileName> held = History.files(chain);
    History.merge(chain, 0, chain.manifest().layers().size());
    new Packer(chain)
        .pack(chain.manifest().files(Role.DATA).stream().map(FileEntry::name).toList());
    List<FileEntry> dropped =
        chain.manifest().marks().dropped().stream().map(Dropped::file).toList();
    assertTrue(dropped.size() > 4, dropped::toString);
    assertTrue(dropped.stream().allMatch(file -> held.contains(file.name())));
    assertEquals(List.of(), damagedFiles());
    List<FileName> harmed = new ArrayList<>();
    harmed.add(rot.delete(dropped.get(0).name()));
    harmed.add(rot.flip(rot.index(dropped.get(1))));
    harmed.add(rot.flip(rot.footer(dropped.get(2))));
    FileEntry page = dropped.get(3);
    harmed.add(rot.flip(rot.padding(page, page.through())));
    assertEquals(harmed.stream().map(FileName::text).distinct().sorted().toList(), damagedFiles());
    chain.commit(List.of(new Edit.ReleaseHold("t")), List.of());
    assertEquals(List.of(), damagedFiles());
  }

  @Test
  void pinsAndHoldsOfPointsThatNobodyListsAreFindings() throws IOException {
    PointSet points = PointSet.of(List.of(new PointSet.Range(3, 4)));
    chain.commit(List.of(new Edit.Forget(points)), List.of());
    History.merge(chain, 0, chain.manifest().layers().size());
    Manifest m = chain.manifest();
    assertEquals(PointSet.EMPTY, m.marks().forgotten());
    Manifest.Marks marks =
        new Manifest.Marks(
            PointSet.EMPTY,
            m.marks().labels(),
            new TreeSet<>(List.of(2L, 3L)),
            List.of(
                new Hold("lost", m.generation(), 4, Instant.EPOCH, ""),
                new Hold("sound", m.generation(), 5, Instant.EPOCH, "")),
            List.of());
    disk.write("vm", "MANIFEST", ManifestCodec.encode(m.withMarks(marks)));
    Chain changed = disk.chain("vm");
    assertEquals(
        List.of("pin 3", "hold lost"),
        History.findings(changed).stream().map(Finding::what).toList());
    assertThrows(
        NoSuchPointException.class,
        () -> changed.commit(List.of(new Edit.Pin(4, false)), List.of()));
    changed.commit(List.of(new Edit.Pin(3, false), new Edit.ReleaseHold("lost")), List.of());
    assertEquals(List.of(), History.findings(changed));
  }

  @Test
  void checkpointsThatComeMeanwhileAreNoDamage() throws IOException {
    boolean[] done = {false};
    try (Store store =
            disk.open(
                (call, path) -> {
                  if (call == Call.OPEN && path.endsWith(".layer") && !done[0]) {
                    done[0] = true;
                    for (int i = 0; i < 3; i++) {
                      history.checkpoint(chain, PAGES);
                    }
                  }
                });
        Chain verified = store.open("vm")) {
      assertEquals(List.of(), History.findings(verified));
    }
    assertTrue(done[0]);
  }

  @Test
  void filesThatAreMergedAwayMeanwhileAreNoDamage() throws IOException {
    boolean[] done = {false};
    try (Store store =
            disk.open(
                (call, path) -> {
                  if (call == Call.OPEN && path.endsWith(".layer") && !done[0]) {
                    done[0] = true;
                    History.merge(chain, 0, chain.manifest().layers().size());
                    new Packer(chain)
                        .pack(
                            chain.manifest().files(Role.DATA).stream()
                                .map(FileEntry::name)
                                .toList());
                  }
                });
        Chain verified = store.open("vm")) {
      assertEquals(List.of(), History.findings(verified));
      assertEquals(Optional.empty(), new Repairer(verified).examine(_ -> {}));
    }
    assertTrue(done[0]);
  }
}
