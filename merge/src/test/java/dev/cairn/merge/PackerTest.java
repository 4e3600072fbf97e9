package dev.cairn.merge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.chain.Chain;
import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.Checkpointer;
import dev.cairn.chain.Progress;
import dev.cairn.chain.Store;
import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.chain.manifest.FileEntry.Role;
import dev.cairn.store.file.Address;
import dev.cairn.store.file.DrawnFile;
import dev.cairn.store.file.FileName;
import dev.cairn.store.file.FrameCodec;
import dev.cairn.store.file.OpenFile;
import dev.cairn.store.file.Point;
import dev.cairn.store.file.Region;
import dev.cairn.store.file.StoredSection;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Packing in bounded memory, and what the indexes say afterwards of the files they draw on. */
class PackerTest {
  private static final long PAGES = 300;

  private final History history = new History(3);
  private final Chain chain;

  PackerTest() throws IOException {
    try (Store store = new MemoryStore(3).open()) {
      chain = store.create("vm", MemoryImage.PAGE);
    }
  }

  private void checkpoints(int count, FrameCodec codec) throws IOException {
    for (int i = 0; i < count; i++) {
      history.checkpoint(chain, new Checkpointer.Options("", false, codec, 2), PAGES);
    }
  }

  private List<FileName> data() throws IOException {
    return chain.manifest().files(Role.DATA).stream().map(FileEntry::name).toList();
  }

  /** Files with more frames than a map may have are packed bit by bit. */
  @ParameterizedTest
  @EnumSource
  void aPackTakesNoMoreThanItsMapMayHave(FrameCodec codec) throws IOException {
    checkpoints(10, codec);
    History.merge(chain, 0, 8);
    List<FileName> old = data();
    FrameMap.Most most = new FrameMap.Most(12, Long.MAX_VALUE, 8);
    List<FileName> left = old;
    long packs = 0;
    while (!left.isEmpty()) {
      Packer.Result result =
          new Packer(chain, Progress.NONE, Optional.empty(), Optional.of(most)).pack(left);
      assertTrue(result.frames() > 0 && result.frames() <= 12, result + "");
      packs++;
      List<FileName> now = data();
      left = old.stream().filter(now::contains).toList();
      history.assertClean(chain);
    }
    assertTrue(packs > 5, packs + " packs");
    assertDrawnIsCounted();
  }

  @Test
  void whatAnIndexDrawsIsCountedOnceForEachAddress() throws IOException {
    checkpoints(8, FrameCodec.PLAIN);
    History.merge(chain, 0, 5);
    assertDrawnIsCounted();
    new Packer(chain).pack(data());
    assertDrawnIsCounted();
  }

  @Test
  void progressComesToItsEnd() throws IOException {
    checkpoints(8, FrameCodec.PLAIN);
    History.merge(chain, 0, 5);
    long[] last = {-1, 0};
    Progress progress =
        (done, total) -> {
          assertTrue(done >= last[0] && done <= total, done + " of " + total);
          last[0] = done;
          last[1] = total;
        };
    new Packer(chain, progress).pack(data());
    assertEquals(last[1], last[0]);
  }

  private record Drawn(long bytes, long frames) {}

  /** Compares the file tables of all layers with their addresses. */
  private void assertDrawnIsCounted() throws IOException {
    try (ChainSnapshot snapshot = chain.snapshot()) {
      for (FileEntry entry : snapshot.manifest().layers()) {
        OpenFile layer = snapshot.file(entry);
        Map<Integer, Drawn> drawn = new HashMap<>();
        Set<Long> seen = new HashSet<>();
        for (int i = 0; i < layer.directory().size(); i++) {
          Region region = layer.region(i);
          for (int v = 0; v < region.versions(); v++) {
            long address = region.address(v);
            if (address != Address.ZERO) {
              add(drawn, seen, address, Address.storedBytes(address, MemoryImage.PAGE));
            }
          }
        }
        for (Point point : layer.points()) {
          for (StoredSection section : point.sections()) {
            add(drawn, seen, section.address(), (section.storedLength() + 63) / 64 * 64);
          }
        }
        for (int ordinal = 1; ordinal < layer.files().size(); ordinal++) {
          DrawnFile file = layer.files().get(ordinal);
          assertEquals(
              drawn.get(ordinal),
              new Drawn(file.drawnBytes(), file.drawnFrames()),
              file.name() + " as " + layer + " draws on it");
        }
      }
    }
  }

  private static void add(Map<Integer, Drawn> drawn, Set<Long> seen, long address, long bytes) {
    if (seen.add(address)) {
      drawn.merge(
          Address.ordinal(address),
          new Drawn(bytes, 1),
          (a, b) -> new Drawn(a.bytes + b.bytes, a.frames + b.frames));
    }
  }
}
