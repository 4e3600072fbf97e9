package dev.cairn.merge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.cairn.chain.Chain;
import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.Edit;
import dev.cairn.chain.Progress;
import dev.cairn.chain.Store;
import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.chain.manifest.Manifest;
import dev.cairn.store.BusyException;
import dev.cairn.store.CorruptFileException;
import dev.cairn.store.file.FileName;
import dev.cairn.store.io.StoreOutput;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** A rewrite that would leave an index that cannot be opened, or does not fit, is refused. */
class LinkRulesTest {
  private static final long PAGES = 300;

  private final History history = new History(61);
  private final MemoryStore disk = new MemoryStore(67);
  private final Chain chain;

  LinkRulesTest() throws IOException {
    try (Store store = disk.open()) {
      chain = store.create("vm", MemoryImage.PAGE);
    }
    for (int n = 0; n < 6; n++) {
      history.checkpoint(chain, PAGES);
    }
  }

  private List<Long> assertUnchanged(Manifest before) throws IOException {
    assertEquals(before, chain.manifest());
    assertEquals(
        List.of(), disk.directory("vm").list().stream().filter(f -> f.endsWith(".tmp")).toList());
    return history.assertClean(disk.chain("vm"));
  }

  @Test
  void anIndexThatCannotBeOpenedIsNotPublished() throws IOException {
    Manifest before = chain.manifest();
    try (ChainSnapshot snapshot = chain.snapshot();
        LayerRewriter rewriter =
            new LayerRewriter(chain, snapshot, before.layers().subList(1, 4), Optional.empty())) {
      LayerRewriter.Rewritten layer = rewriter.write(Progress.NONE);
      String file = layer.name().temporary();
      byte[] bytes = disk.read("vm", file);
      bytes[bytes.length - 40] ^= 1;
      disk.directory("vm").delete(file);
      try (StoreOutput out = disk.directory("vm").create(file)) {
        out.write(0, MemorySegment.ofArray(bytes));
        assertThrows(CorruptFileException.class, () -> commit(layer, layer.replacement()));
      }
    }
    assertUnchanged(before);
  }

  /** A table that names a file of which the edit does not tell. */
  @Test
  void anIndexThatDrawsOnNoFileOfTheManifestIsNotPublished() throws IOException {
    Manifest before = chain.manifest();
    try (ChainSnapshot snapshot = chain.snapshot();
        LayerRewriter rewriter =
            new LayerRewriter(chain, snapshot, before.layers().subList(1, 4), Optional.empty())) {
      LayerRewriter.Rewritten layer = rewriter.write(Progress.NONE);
      List<FileName> some = layer.drawn().subList(1, layer.drawn().size());
      Edit edit = new Edit.Replace(List.of(layer.replacement()), List.of(), some);
      assertThrows(BusyException.class, () -> chain.commit(List.of(edit), List.of(layer.name())));
    }
    assertUnchanged(before);
  }

  /** The layers between come to nothing: the one above has another parent than what is below. */
  @Test
  void aLayerWithoutItsParentIsNotPublished() throws IOException {
    Manifest before = chain.manifest();
    List<FileEntry> run = before.layers().subList(1, 3);
    try (ChainSnapshot snapshot = chain.snapshot();
        LayerRewriter rewriter = new LayerRewriter(chain, snapshot, run, Optional.empty())) {
      LayerRewriter.Rewritten layer = rewriter.write(Progress.NONE);
      Edit.Replacement wrong =
          new Edit.Replacement(
              before.layers().subList(1, 4),
              layer.replacement().added(),
              Optional.of(new Edit.Folded(2, 4, Set.of(2L, 3L, 4L), Map.of())));
      assertThrows(IOException.class, () -> commit(layer, wrong));
    }
    assertUnchanged(before);
  }

  private void commit(LayerRewriter.Rewritten layer, Edit.Replacement replacement)
      throws IOException {
    chain.commit(
        List.of(new Edit.Replace(List.of(replacement), List.of(), layer.drawn())),
        List.of(layer.name()));
  }
}
