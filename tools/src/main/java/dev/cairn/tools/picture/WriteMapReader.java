package dev.cairn.tools.picture;

import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.Progress;
import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.chain.manifest.Manifest;
import dev.cairn.store.file.Address;
import dev.cairn.store.file.Directory;
import dev.cairn.store.file.OpenFile;
import dev.cairn.store.file.Region;
import java.io.IOException;

/**
 * Fills a {@link WriteMap} from a chain's indexes, region by region: no page is read, and no more
 * is held than one region. Not thread-safe.
 */
public final class WriteMapReader {
  private final ChainSnapshot snapshot;
  private final WriteMap map;
  private final WriteMap.Band[] bands;

  private WriteMapReader(ChainSnapshot snapshot, WriteMap map) {
    this.snapshot = snapshot;
    this.map = map;
    bands = new WriteMap.Band[snapshot.manifest().blocks().size()];
    map.bands().forEach(band -> bands[band.ordinal()] = band);
  }

  /**
   * Reads the map of a chain.
   *
   * @param mostRows what the map should have; each RAM block has one at least
   * @param mostColumns what it may have
   * @param progress is told of bytes of indexes
   */
  public static WriteMap read(
      ChainSnapshot snapshot, int mostRows, int mostColumns, Progress progress) throws IOException {
    WriteMap map = new WriteMap(snapshot, mostRows, mostColumns);
    new WriteMapReader(snapshot, map).run(progress);
    return map;
  }

  private void run(Progress progress) throws IOException {
    Manifest manifest = snapshot.manifest();
    long all = 0;
    for (FileEntry entry : manifest.indexes()) {
      all += snapshot.file(entry).directory().storedBytes();
    }
    long done = 0;
    for (FileEntry entry : manifest.indexes()) {
      OpenFile file = snapshot.file(entry);
      Directory directory = file.directory();
      for (int i = 0; i < directory.size(); i++) {
        Directory.Entry region = directory.entry(i);
        WriteMap.Band band = bands[region.block()];
        if (band != null) { // else no retained point has the block any more
          read(entry, file, i, band);
        }
        done += region.length();
        progress.at(Math.min(done, all), all);
      }
    }
    progress.at(all, all);
  }

  private void read(FileEntry entry, OpenFile file, int number, WriteMap.Band band)
      throws IOException {
    Manifest manifest = snapshot.manifest();
    Region region = file.region(number);
    long first = Directory.regionOf(file.directory().key(number)) & 0xffff_ffffL;
    boolean base = entry.role() == FileEntry.Role.BASE;
    long lastCheckpoint = -1;
    int column = -1;
    for (int rank = 0; rank < region.pageCount(); rank++) {
      long page = first + region.page(rank);
      if (page >= band.pages()) {
        break; // the block was larger at points that are forgotten
      }
      int row = band.firstRow() + (int) (page / band.pagesPerRow());
      for (int v = region.firstVersion(rank); v < region.endVersion(rank); v++) {
        long checkpoint = region.checkpoint(v);
        if (checkpoint != lastCheckpoint) { // neighbours were mostly written together
          lastCheckpoint = checkpoint;
          column = manifest.covers(entry, checkpoint) ? map.column(checkpoint) : -1;
        }
        if (column < 0) {
          continue;
        }
        if (base) {
          map.addBase(row, column, 1);
        } else {
          map.add(row, column, 1, region.address(v) == Address.ZERO ? 1 : 0);
        }
      }
    }
  }
}
