package dev.cairn.merge;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cairn.chain.Chain;
import dev.cairn.chain.Damage;
import dev.cairn.chain.Finding;
import dev.cairn.chain.Progress;
import dev.cairn.chain.Store;
import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.chain.manifest.FileEntry.Role;
import dev.cairn.store.file.FileName;
import dev.cairn.store.io.MemoryDirectory;
import dev.cairn.store.io.StoreInput;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.LongStream;

/**
 * A chain that is damaged and repaired, and what it must be like then.
 *
 * <pre>
 *   base 0   layer 1   layer 2..5            layer 6   layer 7..8   layer 9
 *                      draws on 2, 3, 4, 5             draws on 7, 8
 *   page 7 is written at 0, 3, 6; page 8 at 0, 3, 4, 6; page 50 at 0; page 60 + n at n
 * </pre>
 */
final class RepairScene {
  static final long PAGES = 300;
  static final long TIP = 9;

  History history = new History(11);
  MemoryStore disk = new MemoryStore(13);
  Map<String, byte[]> saved = new TreeMap<>();
  Chain chain;

  RepairScene() throws IOException {
    try (Store store = disk.open()) {
      chain = store.create("vm", MemoryImage.PAGE);
    }
    write();
  }

  private void write() throws IOException {
    for (long n = 0; n <= TIP; n++) {
      byte value = (byte) (n + 1);
      long number = n;
      history.checkpoint(
          chain,
          PAGES,
          image -> {
            image.fill(60 + number, value);
            if (number % 3 == 0 && number < TIP) {
              image.fill(7, value);
              image.fill(8, value);
            }
            if (number == 0) {
              image.fill(50, value);
            }
            if (number == 4) {
              image.fill(8, value);
            }
          });
    }
    History.merge(chain, 1, 5);
    History.merge(chain, 3, 5);
    assertEquals(upTo(TIP), history.assertClean(chain));
    saved = disk.save("vm");
  }

  static List<Long> upTo(long n) {
    return LongStream.rangeClosed(0, n).boxed().toList();
  }

  static List<Long> without(long... lost) {
    List<Long> left = new ArrayList<>(upTo(TIP));
    LongStream.of(lost).forEach(n -> left.remove((Long) n));
    return left;
  }

  /** The index that says what there is of a checkpoint. */
  FileEntry index(long checkpoint) throws IOException {
    return chain.manifest().indexes().stream()
        .filter(f -> f.name().first() <= checkpoint && checkpoint <= f.through())
        .findFirst()
        .orElseThrow();
  }

  /** The file that was written at a checkpoint. */
  FileEntry written(long checkpoint) throws IOException {
    return chain.manifest().files().stream()
        .filter(f -> f.name().first() == checkpoint && f.name().last() == checkpoint)
        .findFirst()
        .orElseThrow();
  }

  /** What rots, and which file that is. */
  @FunctionalInterface
  interface Harm {
    FileName to(RepairScene scene, Rot rot) throws IOException;
  }

  static Harm page(long page, long checkpoint) {
    return (scene, rot) ->
        rot.flip(rot.page(scene.index(checkpoint), page, checkpoint).orElseThrow());
  }

  static Harm section(long checkpoint, String name) {
    return (scene, rot) -> rot.flip(rot.section(scene.index(checkpoint), checkpoint, name));
  }

  List<Finding> repair() throws IOException {
    List<Finding> findings = new ArrayList<>();
    Repairer repairer = new Repairer(chain);
    Optional<Damage> damage = repairer.examine(findings::add);
    assertEquals(damage.isEmpty(), findings.isEmpty());
    if (damage.isPresent()) {
      repairer.repair(damage.get());
    }
    return findings;
  }

  void reopen() throws IOException {
    chain.close();
    chain = disk.chain("vm");
  }

  static List<String> files(List<Finding> findings) {
    return findings.stream().map(Finding::file).distinct().sorted().toList();
  }

  byte[] setAside(String file) throws IOException {
    MemoryDirectory damaged = disk.directory("vm").openDirectory("damaged");
    String repair = damaged.list().getFirst();
    try (StoreInput in = damaged.openDirectory(repair).open(file)) {
      byte[] bytes = new byte[Math.toIntExact(in.length())];
      in.read(0, MemorySegment.ofArray(bytes));
      return bytes;
    }
  }

  /** The chain can be written, merged, packed and rebased as any other. */
  void goOn(List<Long> left) throws IOException {
    List<Long> points = new ArrayList<>(left);
    for (int i = 0; i < 3; i++) {
      points.add(history.checkpoint(chain, PAGES));
    }
    assertEquals(points, history.assertClean(chain));
    History.merge(chain, 0, chain.manifest().layers().size());
    assertEquals(points, history.assertClean(chain));
    List<FileName> data = chain.manifest().files(Role.DATA).stream().map(FileEntry::name).toList();
    new Packer(chain).pack(data);
    new BaseMover(chain, Progress.NONE).move();
    chain.sweep();
    assertEquals(points, history.assertClean(chain));
  }

  static void assertSameFiles(Map<String, byte[]> expected, Map<String, byte[]> actual) {
    assertEquals(expected.keySet(), actual.keySet());
    expected.forEach((name, bytes) -> assertArrayEquals(bytes, actual.get(name), name));
  }
}
