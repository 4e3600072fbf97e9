package dev.cairn.chain;

import dev.cairn.chain.manifest.Dropped;
import dev.cairn.chain.manifest.Manifest;
import dev.cairn.store.CorruptFileException;
import dev.cairn.store.file.BlockSums;
import dev.cairn.store.file.FileName;
import dev.cairn.store.file.OpenFile;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.NoSuchFileException;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * Holds the bodies of files against their block checksums, and tells of every block that differs.
 */
final class BodyCheck {
  private BodyCheck() {}

  /** Reads what only holds need: somebody may rely on every byte. */
  static void dropped(
      Chain chain,
      Manifest manifest,
      BooleanSupplier sample,
      BiConsumer<FileName, Finding> findings)
      throws IOException {
    for (Dropped dropped : manifest.marks().dropped()) {
      FileName name = dropped.name();
      try (OpenFile file = OpenFile.open(name, chain.directory().open(name.text()))) {
        FileRules.check(manifest, dropped.file(), file);
        ByteCount untold = new ByteCount(Progress.NONE, 0);
        body(file, sample, finding -> findings.accept(name, finding), untold);
        FileRules.checkMetadata(dropped.file(), file);
      } catch (NoSuchFileException e) {
        if (chain.manifest().marks().dropped().contains(dropped)) {
          findings.accept(
              name,
              new Finding(name.text(), "file", 0, "there, as the manifest says", "no such file"));
        }
      } catch (CorruptFileException e) {
        findings.accept(name, Finding.of(e));
      }
    }
  }

  /** Compares a body with its block checksums. */
  static void body(
      OpenFile file, BooleanSupplier sample, Consumer<Finding> findings, ByteCount bytes)
      throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment block = arena.allocate(Math.min(BlockSums.BLOCK, file.metadataOffset()), 4096);
      for (BlockSums.Run run : file.sums().runs()) {
        for (int i = 0; i < run.crcs().size(); i++) {
          if (sample.getAsBoolean()) {
            block(file, run.first() + i, run.crcs().get(i), block, findings);
          }
          bytes.add(BlockSums.BLOCK);
        }
      }
    } catch (CorruptFileException e) {
      findings.accept(Finding.of(e));
    }
  }

  private static void block(
      OpenFile file, long number, int crc, MemorySegment block, Consumer<Finding> findings)
      throws IOException {
    try {
      file.readBlock(number, crc, block);
    } catch (CorruptFileException e) {
      findings.accept(Finding.of(e));
    }
  }
}
