package dev.cairn.merge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.chain.Chain;
import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.Checkpointer;
import dev.cairn.chain.Damage;
import dev.cairn.chain.Edit;
import dev.cairn.chain.Finding;
import dev.cairn.chain.Progress;
import dev.cairn.chain.Store;
import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.chain.manifest.FileEntry.Role;
import dev.cairn.chain.manifest.PointSet;
import dev.cairn.store.file.Address;
import dev.cairn.store.file.FileHeader;
import dev.cairn.store.file.FileKind;
import dev.cairn.store.file.FileName;
import dev.cairn.store.file.FrameCodec;
import dev.cairn.store.file.OpenFile;
import dev.cairn.store.file.Region;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Packs that store pages as differences: every version stays what it was, whatever else goes. */
class PackDifferencesTest {
  private static final long PAGES = 120;
  private static final long CHANGING = 40;
  private static final int POINTS = 24;
  private static final Optional<FrameCodec> DIFFERENCES = Optional.of(FrameCodec.ZSTD_DIFFERENCE);

  private final MemoryStore disk = new MemoryStore(29);
  private final History history = new History(29);
  private final Chain chain;

  PackDifferencesTest() throws IOException {
    try (Store store = disk.open()) {
      chain = store.create("vm", MemoryImage.PAGE);
    }
  }

  /** Noise at 1, later some bytes of each page; now and then a page is zero, or new altogether. */
  private void write(FrameCodec codec) throws IOException {
    for (int i = 0; i < POINTS; i++) {
      int number = i;
      history.checkpoint(
          chain,
          new Checkpointer.Options("", false, codec, 1),
          PAGES,
          image -> change(image, number));
    }
  }

  private static void change(MemoryImage image, int number) {
    for (long page = 0; page < CHANGING; page++) {
      if (number == 1 || (page + number) % 17 == 3) {
        image.noise(page, 1000L * number + page);
      } else if ((page + number) % 19 == 5) {
        image.fill(page, (byte) 0);
      } else if ((page + number) % 3 != 0) {
        image.poke(page, 200, (byte) number);
        image.poke(page, 201 + number, (byte) (page + 1));
      }
    }
  }

  private List<FileName> data() throws IOException {
    return chain.manifest().files(Role.DATA).stream().map(FileEntry::name).toList();
  }

  private void merge(int from, int to) throws IOException {
    History.merge(chain, from, to);
  }

  private void pack(Optional<FrameCodec> codec) throws IOException {
    Packer.Result result = new Packer(chain, Progress.NONE, codec).pack(data());
    assertTrue(result.frames() > 0, result + "");
  }

  /** Returns how many addresses of all layers are differences. */
  private int differences() throws IOException {
    int count = 0;
    try (ChainSnapshot snapshot = chain.snapshot()) {
      for (FileEntry entry : snapshot.manifest().layers()) {
        OpenFile layer = snapshot.file(entry);
        for (int i = 0; i < layer.directory().size(); i++) {
          Region region = layer.region(i);
          for (int v = 0; v < region.versions(); v++) {
            boolean difference = Address.kind(region.address(v)) == Address.DIFFERENCE;
            count += difference ? 1 : 0;
            assertTrue(!difference || layer.header().mayHaveDifferences());
          }
        }
      }
    }
    return count;
  }

  /** Returns the format versions of all files but the base. */
  private Set<Integer> versions() throws IOException {
    Set<Integer> versions = new TreeSet<>();
    try (ChainSnapshot snapshot = chain.snapshot()) {
      for (FileEntry entry : snapshot.manifest().files()) {
        if (entry.role() != Role.BASE) {
          versions.add(snapshot.file(entry).header().version());
        }
      }
    }
    return versions;
  }

  private long dataBytes() throws IOException {
    return chain.manifest().files(Role.DATA).stream().mapToLong(FileEntry::length).sum();
  }

  private void forget(long from, long to) throws IOException {
    PointSet points = PointSet.of(List.of(new PointSet.Range(from, to)));
    chain.commit(List.of(new Edit.Forget(points)), List.of());
  }

  @ParameterizedTest
  @EnumSource
  void aPackOfDifferencesKeepsEveryVersion(FrameCodec codec) throws IOException {
    write(codec);
    merge(0, POINTS - 2);
    long before = dataBytes();
    pack(DIFFERENCES);
    history.assertClean(chain);
    assertTrue(differences() > 200, differences() + " differences");
    assertTrue(dataBytes() < before / 2, dataBytes() + " of " + before + " bytes");
    FileName pages =
        data().stream().filter(f -> f.kind() == FileKind.PAGES).findFirst().orElseThrow();
    try (ChainSnapshot snapshot = chain.snapshot()) {
      OpenFile file = snapshot.file(pages.fileId()).orElseThrow();
      assertEquals(FileHeader.DIFFERENCES_VERSION, file.header().version());
    }
  }

  /** Layers that a pack rewrites each by itself share bases, where one page is in several. */
  @Test
  void versionsOfSeveralLayersAreDifferencesOfOneAnother() throws IOException {
    write(FrameCodec.ZSTD);
    merge(0, 8);
    merge(1, 7);
    merge(2, POINTS - 16);
    pack(DIFFERENCES);
    history.assertClean(chain);
    int apart = differences();
    assertTrue(apart > 200, apart + " differences");
  }

  @Test
  void whoNeverAsksHasFilesOfVersion1() throws IOException {
    write(FrameCodec.ZSTD);
    merge(0, POINTS - 2);
    pack(Optional.empty());
    assertEquals(Set.of(1), versions());
    assertEquals(0, differences());
  }

  /** What a difference is from may be seen by no point any more, and then be left behind. */
  @Test
  void forgettingAndPackingAgainKeepsWhatIsLeft() throws IOException {
    write(FrameCodec.ZSTD);
    merge(0, POINTS - 2);
    pack(DIFFERENCES);
    forget(1, 1);
    forget(4, 9);
    forget(11, 11);
    forget(13, 16);
    merge(0, chain.manifest().layers().size() - 1);
    history.assertClean(chain);
    int left = differences();
    assertTrue(left > 30, left + " differences left");
    pack(Optional.empty());
    List<Long> points = history.assertClean(chain);
    assertFalse(points.contains(5L) || points.contains(1L), points::toString);
    assertTrue(differences() > 30, "a chain that has differences goes on making them");
    assertTrue(versions().contains(FileHeader.DIFFERENCES_VERSION));
  }

  @ParameterizedTest
  @EnumSource(names = {"PLAIN", "LZ4", "ZSTD"})
  void anotherCodecTakesDifferencesBack(FrameCodec codec) throws IOException {
    write(FrameCodec.ZSTD);
    merge(0, POINTS - 2);
    pack(DIFFERENCES);
    assertTrue(versions().contains(FileHeader.DIFFERENCES_VERSION));
    pack(Optional.of(codec));
    history.assertClean(chain);
    assertEquals(0, differences());
    assertEquals(Set.of(1), versions());
  }

  /** A page's versions may end in several files, each with a base of its own. */
  @ParameterizedTest
  @ValueSource(ints = {7, 40, 200})
  void packsThatTakeAPartEachKeepEveryVersion(int frames) throws IOException {
    write(FrameCodec.ZSTD);
    merge(0, POINTS - 2);
    FrameMap.Most most = new FrameMap.Most(frames, Long.MAX_VALUE, 8);
    List<FileName> old = data();
    List<FileName> left = old;
    for (int packs = 0; !left.isEmpty(); packs++) {
      assertTrue(packs < 500, "it comes to an end");
      new Packer(chain, Progress.NONE, DIFFERENCES, Optional.of(most)).pack(left);
      List<FileName> now = data();
      left = old.stream().filter(now::contains).toList();
    }
    history.assertClean(chain);
  }

  @Test
  void aBaseImageMovesOverDifferences() throws IOException {
    write(FrameCodec.ZSTD);
    merge(0, POINTS - 2);
    pack(DIFFERENCES);
    forget(0, 12);
    new BaseMover(chain, Progress.NONE).move();
    history.assertClean(chain);
    merge(0, chain.manifest().layers().size());
    history.assertClean(chain);
    pack(Optional.empty());
    history.assertClean(chain);
  }

  @Test
  void checkpointsAndMergesGoOnAboveDifferences() throws IOException {
    write(FrameCodec.ZSTD);
    merge(0, POINTS - 2);
    pack(DIFFERENCES);
    for (int i = 0; i < 5; i++) {
      int number = POINTS + i;
      history.checkpoint(chain, PAGES, image -> change(image, number));
    }
    merge(0, chain.manifest().layers().size());
    history.assertClean(chain);
    pack(Optional.empty());
    history.assertClean(chain);
  }

  @Test
  void compactingByACodecPacksAllThatCanBe() throws IOException {
    write(FrameCodec.PLAIN);
    Merger.Report report = new Merger(chain, Policies.DEFAULT.with(DIFFERENCES)).compact();
    assertTrue(report.packed() > POINTS / 2, report + "");
    assertEquals(1, report.layersAfter());
    assertTrue(differences() > 200, differences() + " differences");
    history.assertClean(chain);
  }

  /** The base of several versions, then one of these. */
  @Test
  void aFlippedBitIsFoundAndRepaired() throws IOException {
    write(FrameCodec.ZSTD);
    merge(0, POINTS - 2);
    pack(DIFFERENCES);
    Rot rot = new Rot(disk, "vm");
    FileEntry layer = chain.manifest().layers().getFirst();
    List<Rot.Place> places = new ArrayList<>();
    for (long n = 1; places.size() < 2; n++) {
      int wanted = places.isEmpty() ? Address.ZSTD : Address.DIFFERENCE;
      if (rot.kind(layer, 9, n) == wanted) {
        rot.page(layer, 9, n).ifPresent(places::add);
      }
    }
    for (Rot.Place place : places) {
      // Behind the length field and, of a difference, what names the base.
      Rot.Place within = new Rot.Place(place.file(), place.offset() + 18);
      rot.flip(within);
      List<Finding> findings;
      try (Chain open = disk.chain("vm")) {
        findings = History.findings(open);
      }
      assertTrue(
          findings.stream().anyMatch(f -> f.what().contains("MiB of the body")),
          findings::toString);
      assertTrue(
          findings.stream()
              .anyMatch(f -> f.what().contains("page CRC") || f.what().contains("frame")),
          findings::toString);
      rot.flip(within);
    }
    rot.flip(new Rot.Place(places.getFirst().file(), places.getFirst().offset() + 18));
    try (Chain open = disk.chain("vm")) {
      Repairer repairer = new Repairer(open);
      Damage damage = repairer.examine(_ -> {}).orElseThrow();
      repairer.repair(damage);
      List<Long> points = history.assertClean(open);
      assertTrue(points.size() >= 2 && points.size() < POINTS, points::toString);
    }
  }
}
