package dev.cairn.chain;

import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.chain.manifest.Manifest;
import dev.cairn.store.file.DrawnFile;
import dev.cairn.store.file.OpenFile;
import java.io.IOException;
import java.util.OptionalDouble;

/**
 * What a chain costs, from manifest, file tables and link counts. Immutable.
 *
 * @param points retained
 * @param layers indexes above the base
 * @param files live files
 * @param storedBytes of all live files; of a base image without its holes
 * @param sharedBytes of these, in files that have another name, too: in another chain, or in {@code
 *     damaged/}, where a repair has put them aside and still uses them
 * @param liveBytes of frames that some index draws on, and of these indexes
 * @param writeAmplification bytes written for each byte that checkpoints of this chain brought;
 *     empty while they brought none (a fork begins so)
 * @param spaceAmplification bytes stored for each live byte
 */
public record ChainStats(
    int points,
    int layers,
    int files,
    long storedBytes,
    long sharedBytes,
    long liveBytes,
    OptionalDouble writeAmplification,
    double spaceAmplification) {

  /** Returns what no index draws on. */
  public long deadBytes() {
    return Math.max(0, storedBytes - liveBytes);
  }

  /** Counts what a snapshot has. */
  public static ChainStats of(ChainSnapshot snapshot) throws IOException {
    Manifest manifest = snapshot.manifest();
    long stored = 0;
    long shared = 0;
    long live = 0;
    for (FileEntry entry : manifest.files()) {
      OpenFile file = snapshot.file(entry.fileId()).orElse(null);
      if (file == null) {
        continue; // damaged: verify tells of it
      }
      stored += file.storedBytes();
      shared += file.names() > 1 ? file.storedBytes() : 0;
      if (entry.role() != FileEntry.Role.DATA) {
        live += file.length() - file.metadataOffset();
        live += file.files().stream().mapToLong(DrawnFile::drawnBytes).sum();
      }
    }
    return new ChainStats(
        snapshot.points().size(),
        manifest.layers().size(),
        manifest.files().size(),
        stored,
        shared,
        live,
        manifest.ingested() == 0
            ? OptionalDouble.empty()
            : OptionalDouble.of((double) manifest.written() / manifest.ingested()),
        (double) stored / Math.max(1, live));
  }
}
