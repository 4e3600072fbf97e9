package dev.cairn.chain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.chain.manifest.Manifest;
import dev.cairn.store.RefusedException;
import dev.cairn.store.io.HookedDirectory;
import dev.cairn.store.io.HookedDirectory.Call;
import dev.cairn.store.io.MemoryDirectory;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What may happen beside a commit, and what it says if a step of it fails. */
final class CommitTest {
  private static final String OTHER = "00000000000000aa.tmp";
  private static final List<Edit> LABEL = List.of(new Edit.Label(0, "one"));

  private final ChainInMemory memory;

  CommitTest() throws IOException {
    memory = new ChainInMemory(512);
    memory.checkpoint(new SparseMemory(512, 8).fill(1, 1), ChainInMemory.WHOLE);
  }

  private Chain hooked(HookedDirectory.Hook hook) throws IOException {
    MemoryDirectory process = memory.disk().asProcess("hooked");
    return Store.open(new HookedDirectory(process, hook), ChainInMemory.ENVIRONMENT).open("vm");
  }

  /** Before it is looked at, and after. */
  @ParameterizedTest
  @EnumSource(
      value = Call.class,
      names = {"LIST", "SYNC_DIRECTORY"})
  void somebodyElseMayDeleteHisUnfinishedFileMeanwhile(Call moment) throws IOException {
    memory.directory().create(OTHER).close();
    Chain chain =
        hooked(
            (call, path) -> {
              if (call == moment && path.contains("/vm/") && memory.directory().exists(OTHER)) {
                memory.directory().delete(OTHER);
              }
            });
    chain.commit(LABEL, List.of());
    assertFalse(memory.directory().exists(OTHER));
    assertEquals("one", memory.chain().manifest().marks().labels().get(0L));
  }

  @Test
  void ifTheRenameFailsItIsNotSaidThatAnythingWasPublished() throws IOException {
    Chain chain =
        hooked(
            (call, path) -> {
              if (call == Call.RENAME && path.endsWith("/MANIFEST")) {
                throw new IOException("no rename");
              }
            });
    IOException e = assertThrows(IOException.class, () -> chain.commit(LABEL, List.of()));
    String said = String.valueOf(e.getMessage());
    assertTrue(said.contains("may have been published") && said.contains("no rename"), said);
    assertThrows(RefusedException.class, () -> chain.commit(LABEL, List.of()));
  }

  @Test
  void aHoldIsTouchedAndKeepsWhatItKept() throws IOException {
    Chain chain = memory.chain();
    chain.commit(List.of(new Edit.TakeHold("h", 0, "serve -")), List.of());
    Manifest before = chain.manifest();
    Manifest after = chain.commit(List.of(new Edit.TouchHold("h")), List.of());
    assertEquals(
        before.hold("h").orElseThrow().generation(), after.hold("h").orElseThrow().generation());
    assertFalse(
        after.hold("h").orElseThrow().time().isBefore(before.hold("h").orElseThrow().time()));
    FileEntry base = after.base().orElseThrow();
    assertEquals(base, after.heldFile(after.hold("h").orElseThrow(), base.fileId()).orElseThrow());
    assertThrows(
        IOException.class, () -> chain.commit(List.of(new Edit.TouchHold("x")), List.of()));
    chain.commit(List.of(new Edit.ReleaseHold("h")), List.of());
  }
}
