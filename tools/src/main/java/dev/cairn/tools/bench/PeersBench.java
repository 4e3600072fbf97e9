package dev.cairn.tools.bench;

import dev.cairn.store.RamLayout;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/**
 * Holds Cairn against what a user would pick in its place: the same image, the same changes, taking
 * turns. Times are those until a point is durable, and until a point is a plain file again; files
 * are in memory. Every peer's result is compared with the image of that point. Data is random: what
 * compression saves is measured nowhere here.
 */
public final class PeersBench implements Bench {
  private static final int LEAST_POINTS = 5;
  private static final int POINTS = 7;
  private static final int RESTORES = 5;

  /** Enough to see that each does its work. */
  private static final int QUICK_POINTS = 2;

  @Override
  public String name() {
    return "peers";
  }

  @Override
  public void run(Workbench bench, Rows rows) throws IOException {
    List<String> here = new ArrayList<>();
    for (String name : bench.peers()) {
      Optional<String> missing = Peers.missing(name);
      missing.ifPresent(why -> rows.add(Row.note("against " + name, why)));
      if (missing.isEmpty()) {
        here.add(name);
      }
    }
    if (here.isEmpty()) {
      return;
    }
    long ramPages = bench.ramBytes() / ChangingImage.PAGE;
    RamLayout layout = PagesImage.layout(ChangingImage.PAGE, ramPages);
    int asked = bench.sizes().checkpoints().orElse(bench.pick(QUICK_POINTS, POINTS));
    int points = Math.max(bench.pick(QUICK_POINTS, LEAST_POINTS), asked);
    long mostBytes = layout.totalBytes() + (points + 2L) * bench.dirtyPages(ramPages) * 4096;
    List<Peer> peers = new ArrayList<>();
    Path path = bench.file("image.raw");
    try (ChangingImage image = ChangingImage.create(path, layout, bench.random())) {
      for (Peer.Way way : Peer.Way.values()) {
        peers.add(Peers.cairn(bench, way));
      }
      for (String name : here) {
        peers.add(Peers.create(name, bench, path, mostBytes));
      }
      new Run(bench, rows, image, peers, points).all();
    } finally {
      closeAll(peers);
    }
  }

  private static void closeAll(List<Peer> peers) throws IOException {
    IOException failure = null;
    for (Peer peer : peers.reversed()) {
      try {
        peer.close();
      } catch (IOException e) {
        failure = e;
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  /** Compares what a peer has restored with the image that it was given. */
  static void check(Peer peer, Path target, Path expected) throws IOException {
    long differs = Files.mismatch(peer.restored(target), expected);
    if (differs >= 0) {
      throw new IOException(peer.name() + " restored another image: byte " + differs);
    }
  }

  /** The measurements: Cairn's ways are the first peers, in the order of {@link Peer.Way}. */
  private record Run(
      Workbench bench, Rows rows, ChangingImage image, List<Peer> peers, int points) {

    void all() throws IOException {
      Random random = bench.random();
      int dirty = bench.dirtyPages(image.pages());
      long[] whole = PagesImage.run(0, Math.toIntExact(image.pages()));
      for (Peer peer : peers) {
        peer.checkpoint(0, image, whole);
      }
      long[] before = stored();
      long[][] nanos = new long[peers.size() + 1][points];
      int kept = points / 2;
      Path expected = bench.file("expected.raw");
      long changed = 0;
      // The first round does not count: what runs for the first time is slow.
      for (int n = 0; n <= points; n++) {
        long[] pages = bench.hotSet().draw(random, dirty, image.pages());
        image.change(pages);
        changed += pages.length;
        for (int turn = 0; turn < peers.size(); turn++) {
          int i = (n & 1) == 0 ? turn : peers.size() - 1 - turn;
          int point = n + 1;
          long taken = Timing.of(() -> peers.get(i).checkpoint(point, image, pages));
          if (n > 0) {
            nanos[i][n - 1] = taken;
          }
        }
        long floor = floor(n, pages.length);
        if (n > 0) {
          nanos[peers.size()][n - 1] = floor;
        }
        if (n + 1 == kept) {
          Files.copy(image.path(), expected);
        }
      }
      tell("checkpoint, %d MiB, %d pages".formatted(mib(), dirty), "write", nanos);
      bytes(before, stored(), changed);
      tell("restore, %d MiB".formatted(mib()), "cp", restores(kept, expected));
    }

    private long mib() {
      return image.file().layout().totalBytes() >> 20;
    }

    private long floor(int n, int pages) throws IOException {
      Path file = bench.file("floor-" + n);
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment memory = arena.allocate(1 << 20, ChangingImage.PAGE);
        memory.fill((byte) 0x5a);
        return Timing.of(() -> Floors.write(file, memory, (long) pages * ChangingImage.PAGE));
      }
    }

    private long[] stored() throws IOException {
      long[] bytes = new long[peers.size()];
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] = peers.get(i).storedBytes();
      }
      return bytes;
    }

    private long[][] restores(int point, Path expected) throws IOException {
      int rounds = bench.pick(1, RESTORES);
      long[][] nanos = new long[peers.size() + 1][rounds];
      Path log = bench.file("cp.log");
      for (int round = -1; round < rounds; round++) {
        for (int turn = 0; turn <= peers.size(); turn++) {
          int i = (round & 1) == 0 ? turn : peers.size() - turn;
          Path directory = Files.createDirectory(bench.file("restored"));
          Path target = directory.resolve("point.raw");
          List<String> cp = List.of("cp", expected.toString(), target.toString());
          long taken =
              i == peers.size()
                  ? Timing.of(() -> Children.run(log, cp))
                  : Timing.of(() -> peers.get(i).restore(point, target));
          if (round >= 0) {
            nanos[i][round] = taken;
          } else if (i < peers.size()) {
            check(peers.get(i), target, expected);
          }
          Workbench.delete(directory);
        }
      }
      return nanos;
    }

    private void tell(String work, String floorName, long[][] nanos) {
      boolean isCheckpoint = work.startsWith("checkpoint");
      long floor = median(nanos[peers.size()]);
      List<Peer.Way> ways = List.of(Peer.Way.values());
      for (int i = 0; i < peers.size(); i++) {
        Peer peer = peers.get(i);
        Peer.Way way = isCheckpoint ? peer.checkpointWay() : peer.restoreWay();
        boolean own = i < ways.size();
        long time = median(nanos[i]);
        long against = own ? floor : median(nanos[ways.indexOf(way)]);
        String what =
            own
                ? "%s: %s (floor: %s)".formatted(work, peer.name(), floorName)
                : "  %s (beside %s)".formatted(peer.name(), way.text());
        Map<String, Object> more = new LinkedHashMap<>();
        more.put("peer", peer.name());
        more.put("of", isCheckpoint ? "checkpoint" : "restore");
        more.put("nanos", time);
        more.put(own ? "floorNanos" : "cairnNanos", against);
        rows.add(
            Row.beside(what, Timing.millis(time), Timing.millis(against), (double) time / against)
                .with(more));
      }
    }

    private void bytes(long[] before, long[] after, long changedPages) {
      long changed = changedPages * ChangingImage.PAGE;
      for (int i = 0; i < peers.size(); i++) {
        long stored = after[i] - before[i];
        Map<String, Object> more = new LinkedHashMap<>();
        more.put("peer", peers.get(i).name());
        more.put("of", "stored");
        more.put("storedBytes", stored);
        more.put("changedBytes", changed);
        rows.add(
            Row.beside(
                    "  stored for what changed: " + peers.get(i).name(),
                    (stored >> 10) + " KiB",
                    (changed >> 10) + " KiB",
                    (double) stored / changed)
                .with(more));
      }
    }

    private static long median(long[] nanos) {
      long[] sorted = nanos.clone();
      Arrays.sort(sorted);
      return sorted[sorted.length / 2];
    }
  }
}
