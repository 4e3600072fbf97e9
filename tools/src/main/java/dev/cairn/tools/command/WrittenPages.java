package dev.cairn.tools.command;

import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.store.file.Address;
import dev.cairn.store.file.Directory;
import dev.cairn.store.file.OpenFile;
import dev.cairn.store.file.Region;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** What one checkpoint wrote, by RAM block, from the index that has it. Stateless. */
final class WrittenPages {
  private WrittenPages() {}

  /**
   * Counts page versions of a checkpoint.
   *
   * @throws dev.cairn.store.CorruptFileException if a region of that index is damaged
   */
  static List<StatBars.Row> of(ChainSnapshot snapshot, long checkpoint) throws IOException {
    List<String> names = snapshot.manifest().blocks();
    long[] content = new long[names.size()];
    long[] zero = new long[names.size()];
    for (FileEntry entry : snapshot.manifest().indexes()) {
      if (snapshot.manifest().covers(entry, checkpoint)) {
        count(snapshot.file(entry), checkpoint, content, zero);
      }
    }
    List<StatBars.Row> rows = new ArrayList<>();
    for (int i = 0; i < content.length; i++) {
      if (content[i] + zero[i] > 0) {
        rows.add(new StatBars.Row(names.get(i), content[i], zero[i]));
      }
    }
    return rows;
  }

  private static void count(OpenFile index, long checkpoint, long[] content, long[] zero)
      throws IOException {
    Directory directory = index.directory();
    for (int i = 0; i < directory.size(); i++) {
      Region region = index.region(i);
      int block = directory.entry(i).block();
      for (int rank = 0; rank < region.pageCount(); rank++) {
        int version = region.lastVersion(rank, checkpoint);
        if (version != Region.ABSENT && region.checkpoint(version) == checkpoint) {
          boolean isZero = region.address(version) == Address.ZERO;
          (isZero ? zero : content)[block]++;
        }
      }
    }
  }
}
