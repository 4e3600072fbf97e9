package dev.cairn.tools.bench;

import dev.cairn.chain.Chain;
import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.Store;
import dev.cairn.store.file.PageReader;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * Counts what a codec would save that stores a page as its difference from the version below, on a
 * chain that is there. It is worth its price (a second read for a page that is asked for, and
 * merges that keep what differences are from) if it takes two thirds of zstd at most.
 */
public final class DifferenceBench implements Bench {
  private static final double BAR = 0.667;

  @Override
  public String name() {
    return Benches.DIFFERENCE;
  }

  @Override
  public void run(Workbench bench, Rows rows) throws IOException {
    if (bench.chain().isEmpty()) {
      rows.add(Row.note("pages as differences", "not measured: give --chain"));
      return;
    }
    Workbench.GivenChain given = bench.chain().get();
    try (Store store = given.store().open();
        Chain chain = store.open(given.name());
        ChainSnapshot snapshot = chain.snapshot()) {
      PageHistories histories = new PageHistories(snapshot);
      long step = step(histories, bench.pick(20_000, 200_000));
      try (DifferenceCodec codec = new DifferenceCodec(snapshot.manifest().pageSize())) {
        DifferenceSums sums = sums(histories, step, codec);
        int points = snapshot.points().size();
        String what = "versions that differ from the one below, " + points + " points";
        String looked = step == 1 ? "all pages" : "1 page of " + step;
        rows.add(Row.note(what, sums.versions() + " (" + looked + ")"));
        if (sums.versions() > 0) {
          tell(sums, rows);
        }
      }
    }
  }

  /** Returns n if one page in n is to be looked at. */
  private static long step(PageHistories histories, int most) throws IOException {
    long[] count = {0};
    histories.forEach((_, versions) -> count[0] += versions.size() - 1);
    return Math.max(1, (count[0] + most - 1) / most);
  }

  private static DifferenceSums sums(PageHistories histories, long step, DifferenceCodec codec)
      throws IOException {
    DifferenceSums sums = new DifferenceSums(codec);
    int pageSize = codec.pageSize();
    try (Arena arena = Arena.ofConfined();
        PageReader reader = new PageReader(pageSize, arena)) {
      MemorySegment page = arena.allocate(pageSize, 4096);
      histories.forEach(
          (number, versions) -> {
            if (!isChosen(number, step)) {
              return;
            }
            sums.begin();
            for (PageHistories.Version version : versions) {
              if (version.isZero()) {
                sums.addZero();
              } else {
                histories.read(reader, version, page);
                sums.add(page.toArray(ValueLayout.JAVA_BYTE));
              }
            }
          });
    }
    return sums;
  }

  /** Scattered: pages at equal distances would be those that a guest treats alike. */
  private static boolean isChosen(long page, long step) {
    return ((page * 0x9E37_79B9_7F4A_7C15L) >>> 32) % step == 0;
  }

  private static void tell(DifferenceSums sums, Rows rows) {
    long zstd = sums.zstdBytes();
    rows.add(Row.note("  of them above a zero page", percent(sums.zeroBases(), sums)));
    rows.add(
        Row.note("zero pages above another one: they take nothing", Long.toString(sums.zeros())));
    long equal = sums.equal();
    rows.add(
        Row.note("versions equal to the one below, by zstd: " + equal, size(sums.equalZstdBytes()))
            .with(fields(equal, sums.equalZstdBytes(), sums.equalZstdBytes())));
    for (DifferenceSums.Group group : sums.groups()) {
      String which =
          group == sums.groups().getLast() ? "more" : "fewer than " + group.below() + " B";
      String work = which + " changed: " + percent(group.versions(), sums) + "; XOR (floor: zstd)";
      Row row =
          Row.beside(
              work,
              each(group.xorBytes(), group.versions()),
              each(group.zstdBytes(), group.versions()),
              group.versions() == 0 ? Double.NaN : ratio(group.xorBytes(), group.zstdBytes()));
      rows.add(row.with(fields(group.versions(), group.xorBytes(), group.zstdBytes())));
    }
    rows.add(beside("plain (floor of all: zstd)", sums.versions(), sums.plainBytes(), zstd));
    rows.add(beside("lz4", sums.versions(), sums.lz4Bytes(), zstd));
    for (DifferenceMix mix : sums.mixes()) {
      rows.add(row(mix, zstd));
    }
    long best =
        sums.mixes().stream()
            .filter(DifferenceBench::isAllowed)
            .min(Comparator.comparingLong(DifferenceMix::storedBytes))
            .orElseThrow()
            .storedBytes();
    long withEqual = best + equal * DifferenceCodec.LEAST_BYTES;
    long equalZstd = sums.equalZstdBytes();
    long all = sums.versions() + equal;
    rows.add(beside("the best that has a bar, equal ones too", all, withEqual, zstd + equalZstd));
    long first = sums.firstZstdBytes();
    all = sums.versions() + sums.firsts();
    rows.add(beside("the best that has a bar, first ones too", all, first + best, first + zstd));
  }

  /** Tells whether one more read is enough. */
  private static boolean isAllowed(DifferenceMix mix) {
    return mix.most() != DifferenceMix.UNBOUNDED;
  }

  private static Row row(DifferenceMix mix, long zstd) {
    long stored = mix.storedBytes();
    if (!isAllowed(mix)) {
      return beside(mix.text(), mix.differences(), stored, zstd);
    }
    return Row.atMost(mix.text(), size(stored), size(zstd), ratio(stored, zstd), BAR)
        .with(fields(mix.differences(), stored, zstd));
  }

  private static Row beside(String work, long versions, long bytes, long zstd) {
    return Row.beside(work, size(bytes), size(zstd), ratio(bytes, zstd))
        .with(fields(versions, bytes, zstd));
  }

  private static Map<String, Object> fields(long versions, long bytes, long zstd) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("versions", versions);
    fields.put("storedBytes", bytes);
    fields.put("zstdBytes", zstd);
    return fields;
  }

  private static double ratio(long bytes, long zstd) {
    return (double) bytes / zstd;
  }

  private static String percent(long count, DifferenceSums sums) {
    return String.format(Locale.ROOT, "%d (%.1f %%)", count, 100.0 * count / sums.versions());
  }

  private static String each(long bytes, long versions) {
    return versions == 0 ? "" : bytes / versions + " B each";
  }

  private static String size(long bytes) {
    return String.format(Locale.ROOT, "%.2f MiB", bytes / (double) (1 << 20));
  }
}
