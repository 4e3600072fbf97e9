package dev.cairn.tests.damage;

import dev.cairn.chain.Chain;
import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.Checkpointer;
import dev.cairn.chain.Edit;
import dev.cairn.chain.Environment;
import dev.cairn.chain.Progress;
import dev.cairn.chain.Store;
import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.chain.manifest.PointSet;
import dev.cairn.merge.LayerMerger;
import dev.cairn.merge.Packer;
import dev.cairn.store.file.FileName;
import dev.cairn.store.file.FrameCodec;
import dev.cairn.store.io.MemoryDirectory;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * A store that has one of everything, of some tens of KiB, and what its points must be.
 *
 * <pre>
 *   vm    base 0   layer 1..4 drawing on .pages 1..3 and on data 4   layers 5..7 as one   8   9
 *                  hold on 3: keeps what was packed as dropped; 1 forgotten, 2 pinned, 3, 6 labelled
 *   fork  of vm at 3, within the layer 1..4: capped; a layer of its own
 * </pre>
 */
public final class SmallStore {
  /** What a chain says of a point. Immutable. */
  public record Mark(long point, String label, boolean pinned, boolean held) {}

  /** A manifest that was, and what the chain said by it. Immutable. */
  record Generation(String chain, Contents manifest, List<Mark> marks) {}

  private static final String MANIFEST = "MANIFEST";

  private final MemoryDirectory disk = MemoryDirectory.create();
  private final MemoryDirectory otherDisk = MemoryDirectory.create();
  private final Store store;
  private final Map<String, NavigableMap<Long, SmallMachine>> machines = new TreeMap<>();
  private final Map<String, List<Mark>> marks = new HashMap<>();
  private final List<Generation> generations = new ArrayList<>();
  private List<Mark> olderMarks = List.of();

  /** Makes the store, which has the same ids each time. */
  public SmallStore() throws IOException {
    this(5);
  }

  /**
   * Makes the store.
   *
   * @param seed of all its ids
   */
  SmallStore(long seed) throws IOException {
    store = Store.create(disk.asProcess("maker"), environment(seed));
    create();
    writeVm();
    copy();
    fork();
    finish();
  }

  /** Returns an environment whose clock stands still. */
  public static Environment environment(long seed) {
    Clock clock = Clock.fixed(Instant.parse("2026-11-20T10:00:00Z"), ZoneOffset.UTC);
    return new Environment(clock, new Random(seed), Duration.ZERO);
  }

  private void create() throws IOException {
    store.create("vm", SmallMachine.PAGE).close();
    machines.put("vm", new TreeMap<>());
  }

  private void writeVm() throws IOException {
    SmallMachine first = new SmallMachine().resize("ram", 12);
    for (int page = 0; page < 9; page++) {
      first.noise("ram", page, 1);
    }
    checkpoint("vm", FrameCodec.PLAIN, "", first.device("devices", 600, 1).device("cpu", 24, 1));
    checkpoint("vm", FrameCodec.LZ4, "", next("vm").text("ram", 1, 2).noise("ram", 2, 2));
    SmallMachine second = next("vm").text("ram", 1, 3).zero("ram", 4);
    checkpoint("vm", FrameCodec.ZSTD, "nightly", second.device("cpu", 24, 2));
    SmallMachine third = next("vm").resize("vga", 5).noise("vga", 0, 3).text("vga", 3, 3);
    checkpoint("vm", FrameCodec.PLAIN, "", third.zero("ram", 1).noise("ram", 5, 3));
    checkpoint("vm", FrameCodec.ZSTD, "", next("vm").text("ram", 1, 4).device("devices", 700, 4));
    checkpoint("vm", FrameCodec.LZ4, "", next("vm").text("ram", 6, 5).zero("vga", 3));
    commit("vm", new Edit.Pin(2, true));
    commit("vm", new Edit.Label(3, "kept, and renamed"));
    merge("vm", 1, 4);
    commit("vm", new Edit.TakeHold("server-1", 3, "a page server"));
    pack("vm", 1, 3);
    commit("vm", new Edit.Forget(PointSet.of(List.of(new PointSet.Range(1, 1)))));
  }

  /** Makes another store, with a copy of the state of now. */
  private void copy() throws IOException {
    try (Store other = Store.create(otherDisk.asProcess("maker"), environment(6));
        Chain source = store.open("vm");
        ChainSnapshot snapshot = source.snapshot()) {
      other.copy(snapshot, "vm", Progress.NONE);
    }
    try (Store other = Store.open(otherDisk.asProcess("watcher"), environment(6));
        Chain copied = other.open("vm");
        ChainSnapshot snapshot = copied.snapshot()) {
      olderMarks = marks(snapshot);
    }
  }

  private void fork() throws IOException {
    try (Chain source = store.open("vm")) {
      store.fork(source, 3, "fork");
    }
    machines.put("fork", new TreeMap<>(machines("vm").headMap(3L, true)));
    remember("fork");
    checkpoint("fork", FrameCodec.ZSTD, "own", next("fork").text("ram", 3, 90).zero("ram", 2));
    commit("fork", new Edit.Label(2, "in the fork"));
  }

  private void finish() throws IOException {
    checkpoint("vm", FrameCodec.PLAIN, "", next("vm").noise("ram", 7, 6).device("cpu", 24, 6));
    checkpoint("vm", FrameCodec.ZSTD, "", next("vm").text("ram", 6, 7));
    merge("vm", 5, 7);
    commit("vm", new Edit.Label(6, "late"));
    checkpoint("vm", FrameCodec.ZSTD, "", next("vm").text("ram", 8, 8).text("vga", 1, 8));
    commit("vm", new Edit.TakeHold("second", 7, ""));
    checkpoint("vm", FrameCodec.PLAIN, "tip", next("vm").noise("ram", 9, 9).zero("ram", 0));
  }

  private SmallMachine next(String chain) {
    return machines(chain).lastEntry().getValue().copy();
  }

  /** What is done with an open chain. */
  private interface Work {
    void on(Chain chain) throws IOException;
  }

  private void work(String chain, Work work) throws IOException {
    try (Chain open = store.open(chain)) {
      work.on(open);
    }
    remember(chain);
  }

  private void checkpoint(String chain, FrameCodec codec, String label, SmallMachine machine)
      throws IOException {
    NavigableMap<Long, SmallMachine> known = machines(chain);
    boolean delta = !known.isEmpty();
    work(
        chain,
        open -> {
          Checkpointer.Options options = new Checkpointer.Options(label, delta, codec, 1);
          Checkpointer.Result made =
              new Checkpointer(open).checkpoint(machine.image(delta), options, Progress.NONE);
          known.put(made.point().checkpoint(), machine);
        });
  }

  private void commit(String chain, Edit edit) throws IOException {
    work(chain, open -> open.commit(List.of(edit), List.of()));
  }

  private void merge(String chain, long first, long last) throws IOException {
    work(
        chain,
        open -> {
          try (ChainSnapshot snapshot = open.snapshot()) {
            List<FileEntry> run =
                snapshot.manifest().layers().stream()
                    .filter(e -> e.name().first() >= first && e.name().last() <= last)
                    .toList();
            new LayerMerger(open).merge(snapshot, run);
          }
        });
  }

  private void pack(String chain, long first, long last) throws IOException {
    work(
        chain,
        open -> {
          List<FileName> data =
              open.manifest().files(FileEntry.Role.DATA).stream()
                  .map(FileEntry::name)
                  .filter(name -> name.first() >= first && name.last() <= last)
                  .toList();
          new Packer(open).pack(data);
        });
  }

  /** Notes what the chain says now, and its manifest. */
  private void remember(String chain) throws IOException {
    try (Chain open = store.open(chain);
        ChainSnapshot snapshot = open.snapshot()) {
      List<Mark> now = marks(snapshot);
      marks.put(chain, now);
      Picture picture = Picture.of(disk.asProcess("watcher"));
      generations.add(new Generation(chain, picture.get(path(chain, MANIFEST)), now));
    }
  }

  /** Returns what a snapshot says of its points. */
  public static List<Mark> marks(ChainSnapshot snapshot) throws IOException {
    return snapshot.restorePoints().stream()
        .map(p -> new Mark(p.checkpoint(), p.label(), p.pinned(), p.held()))
        .toList();
  }

  /** Returns the path of a file of a chain. */
  static String path(String chain, String file) {
    return "chains/" + chain + "/" + file;
  }

  /** Returns all files as they are when all is written. */
  public Picture picture() throws IOException {
    return Picture.of(disk.asProcess("watcher"));
  }

  /** Returns the same with a rotten page of vm at its tip. */
  public Picture harmed() throws IOException {
    Picture picture = picture();
    String file =
        picture.paths().stream()
            .filter(path -> path.contains("-000000000009-"))
            .findFirst()
            .orElseThrow();
    return new Harm.Flip(file, picture.get(file).length() / 4, 0).on(picture);
  }

  /** Returns another store's files, in which vm is a copy of a state before. */
  public Picture older() throws IOException {
    return Picture.of(otherDisk.asProcess("watcher"));
  }

  /** Returns what vm says of its points there. */
  List<Mark> olderMarks() {
    return olderMarks;
  }

  /** Returns the machines of a chain by checkpoint, forgotten ones included. */
  public NavigableMap<Long, SmallMachine> machines(String chain) {
    return Objects.requireNonNull(machines.get(chain), chain);
  }

  /** Returns what a chain must say of its points. */
  public List<Mark> marks(String chain) {
    return Objects.requireNonNull(marks.get(chain), chain);
  }

  List<String> chains() {
    return List.copyOf(machines.keySet());
  }

  /** Gives all manifests that ever were. */
  void eachGeneration(Consumer<Generation> consumer) {
    generations.forEach(consumer);
  }
}
