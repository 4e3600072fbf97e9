package dev.cairn.merge;

import dev.cairn.store.file.OpenFile;
import dev.cairn.store.file.Region;
import dev.cairn.store.file.Versions;
import java.util.List;

/** Merges the indexes of one region: by page, then by checkpoint. Not thread-safe. */
final class RegionMerger {
  /**
   * One layer's index of the region.
   *
   * @param file the layer
   * @param region its index
   * @param through versions above it do not exist
   */
  record Input(OpenFile file, Region region, long through) {}

  private final Visibility visibility;
  private final DrawnFiles drawn;
  private long dropped;

  RegionMerger(Visibility visibility, DrawnFiles drawn) {
    this.visibility = visibility;
    this.drawn = drawn;
  }

  /** Returns how many versions were dropped so far. */
  long dropped() {
    return dropped;
  }

  /**
   * Merges a region.
   *
   * @param inputs from old to new
   * @param out takes the versions that are kept; cleared first
   */
  void merge(List<Input> inputs, Versions out) {
    out.clear();
    int[] ranks = new int[inputs.size()];
    while (true) {
      int page = Versions.REGION_PAGES;
      for (int i = 0; i < ranks.length; i++) {
        Region region = inputs.get(i).region;
        if (ranks[i] < region.pageCount()) {
          page = Math.min(page, region.page(ranks[i]));
        }
      }
      if (page == Versions.REGION_PAGES) {
        return;
      }
      mergePage(inputs, ranks, page, out);
    }
  }

  private void mergePage(List<Input> inputs, int[] ranks, int page, Versions out) {
    Input heldInput = null;
    int heldVersion = 0;
    for (int i = 0; i < ranks.length; i++) {
      Input input = inputs.get(i);
      Region region = input.region;
      if (ranks[i] == region.pageCount() || region.page(ranks[i]) != page) {
        continue;
      }
      for (int v = region.firstVersion(ranks[i]); v < region.endVersion(ranks[i]); v++) {
        long checkpoint = region.checkpoint(v);
        if (checkpoint > input.through) {
          dropped++;
          continue;
        }
        if (heldInput != null) {
          if (visibility.isSeen(heldInput.region.checkpoint(heldVersion), checkpoint)) {
            keep(heldInput, heldVersion, page, out);
          } else {
            dropped++;
          }
        }
        heldInput = input;
        heldVersion = v;
      }
      ranks[i]++;
    }
    if (heldInput != null) {
      keep(heldInput, heldVersion, page, out);
    }
  }

  private void keep(Input input, int version, int page, Versions out) {
    Region region = input.region;
    long address = drawn.take(input.file, region.address(version));
    out.add(page, region.checkpoint(version), region.crc(version), address);
  }
}
