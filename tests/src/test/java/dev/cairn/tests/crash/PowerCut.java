package dev.cairn.tests.crash;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;

/**
 * What a power cut behind some events may leave. A write survives for certain if its file was
 * synced after it, a name's change if its directory was; of the others any survive, in any
 * combination: writes whole, torn at sectors or blocks, or as nothing but a longer file. Not
 * thread-safe.
 */
final class PowerCut {
  /** Up to so many events that may be lost, every combination is tried; 2^8. */
  private static final int MOST_EXHAUSTIVE = 8;

  private static final int MOST_TEARS = 8;

  /** Is given each state. */
  @FunctionalInterface
  interface Visitor {
    void visit(DiskState state) throws IOException;
  }

  private record Part(int file, List<Fate> fates) {}

  private record Name(int directory, String name) {}

  private final List<DiskEvent> events;

  /** Those that may be lost. */
  private final List<DiskEvent> open = new ArrayList<>();

  /** Where they lie among all. */
  private final List<Integer> openAt = new ArrayList<>();

  private final Map<Integer, List<Map.Entry<Long, MemorySegment>>> durable = new HashMap<>();
  private final Map<Part, FileContent> contents = new HashMap<>();

  /**
   * @param events all that happened before the cut
   */
  PowerCut(List<DiskEvent> events) {
    this.events = events;
    Map<Integer, Integer> files = new HashMap<>();
    Map<Integer, Integer> directories = new HashMap<>();
    for (int i = 0; i < events.size(); i++) {
      if (events.get(i) instanceof DiskEvent.SyncFile sync) {
        files.put(sync.file(), i);
      } else if (events.get(i) instanceof DiskEvent.SyncDirectory sync) {
        directories.put(sync.directory(), i);
      }
    }
    Set<Integer> reachable = reachable(directories);
    for (int i = 0; i < events.size(); i++) {
      switch (events.get(i)) {
        case DiskEvent.Naming naming -> {
          if (directories.getOrDefault(naming.directory(), -1) < i) {
            open.add(naming);
            openAt.add(i);
          }
        }
        case DiskEvent.Write write when !reachable.contains(write.file()) -> {}
        case DiskEvent.Write write -> {
          if (files.getOrDefault(write.file(), -1) < i) {
            open.add(write);
            openAt.add(i);
          } else {
            pieces(durable, write.file()).add(Map.entry(write.offset(), write.data()));
          }
        }
        default -> {}
      }
    }
  }

  /**
   * Returns the files that have a name in some state: what is left of the others nobody sees.
   *
   * @param synced directories, and where among the events they were synced last
   */
  private Set<Integer> reachable(Map<Integer, Integer> synced) {
    Map<Name, Integer> durable = new HashMap<>();
    Set<Integer> files = new HashSet<>();
    for (int i = 0; i < events.size(); i++) {
      if (!(events.get(i) instanceof DiskEvent.Naming naming)) {
        continue;
      }
      boolean open = synced.getOrDefault(naming.directory(), -1) < i;
      switch (naming) {
        case DiskEvent.Enter e when open -> files.add(e.file());
        case DiskEvent.Rename e when open -> files.add(e.file());
        case DiskEvent.Enter e -> durable.put(new Name(e.directory(), e.name()), e.file());
        case DiskEvent.Rename e -> {
          durable.remove(new Name(e.directory(), e.from()));
          durable.put(new Name(e.directory(), e.to()), e.file());
        }
        case DiskEvent.Leave e when !open -> durable.remove(new Name(e.directory(), e.name()));
        default -> {}
      }
    }
    files.addAll(durable.values());
    return files;
  }

  private static List<Map.Entry<Long, MemorySegment>> pieces(
      Map<Integer, List<Map.Entry<Long, MemorySegment>>> of, int file) {
    return of.computeIfAbsent(file, _ -> new ArrayList<>());
  }

  /**
   * Visits states; the same one may come again.
   *
   * @param samples so many drawn at random, besides those that are always tried
   */
  void visit(int samples, Random random, Visitor visitor) throws IOException {
    int n = open.size();
    visitor.visit(state(all(Fate.KEPT)));
    if (n == 0) {
      return;
    }
    if (n <= MOST_EXHAUSTIVE) {
      for (int subset = 0; subset < 1 << n; subset++) {
        List<Fate> fates = all(Fate.LOST);
        for (int i = 0; i < n; i++) {
          if ((subset >> i & 1) == 1) {
            fates.set(i, Fate.KEPT);
          }
        }
        visitor.visit(state(fates));
      }
    } else {
      visitFew(visitor);
    }
    visitTorn(random, visitor);
    for (int i = 0; i < samples; i++) {
      visitor.visit(state(drawn(random)));
    }
  }

  /** Nothing; names or contents only; all but one; one alone; the first so many. */
  private void visitFew(Visitor visitor) throws IOException {
    visitor.visit(state(all(Fate.LOST)));
    List<Fate> names = all(Fate.LOST);
    List<Fate> writes = all(Fate.LOST);
    List<Fate> prefix = all(Fate.LOST);
    for (int i = 0; i < open.size(); i++) {
      (open.get(i) instanceof DiskEvent.Write ? writes : names).set(i, Fate.KEPT);
      visitor.visit(state(with(Fate.KEPT, i, Fate.LOST)));
      visitor.visit(state(with(Fate.LOST, i, Fate.KEPT)));
      prefix.set(i, Fate.KEPT);
      visitor.visit(state(prefix));
    }
    visitor.visit(state(names));
    visitor.visit(state(writes));
  }

  /** Tears each write, with all others there and with no other. */
  private void visitTorn(Random random, Visitor visitor) throws IOException {
    for (int i = 0; i < open.size(); i++) {
      if (open.get(i) instanceof DiskEvent.Write write) {
        for (Fate others : List.of(Fate.KEPT, Fate.LOST)) {
          visitor.visit(state(with(others, i, Fate.LENGTH)));
          for (int tear = 0; tear < MOST_TEARS; tear++) {
            visitor.visit(state(with(others, i, Fate.torn(write, random))));
          }
        }
      }
    }
  }

  private List<Fate> drawn(Random random) {
    List<Fate> fates = new ArrayList<>();
    int kept = 1 + random.nextInt(8);
    for (DiskEvent event : open) {
      if (random.nextInt(9) < kept) {
        fates.add(Fate.KEPT);
      } else if (event instanceof DiskEvent.Write write && random.nextInt(3) > 0) {
        fates.add(random.nextInt(6) == 0 ? Fate.LENGTH : Fate.torn(write, random));
      } else {
        fates.add(Fate.LOST);
      }
    }
    return fates;
  }

  private List<Fate> all(Fate fate) {
    List<Fate> fates = new ArrayList<>();
    open.forEach(_ -> fates.add(fate));
    return fates;
  }

  private List<Fate> with(Fate others, int at, Fate fate) {
    List<Fate> fates = all(others);
    fates.set(at, fate);
    return fates;
  }

  private DiskState state(List<Fate> fates) {
    DiskState state = new DiskState(contents(fates));
    int next = 0;
    for (int i = 0; i < events.size(); i++) {
      DiskEvent event = events.get(i);
      boolean survives = true;
      if (next < open.size() && openAt.get(next) == i) {
        survives = fates.get(next).kind() != Fate.Kind.LOST;
        next++;
      }
      if (event instanceof DiskEvent.MakeDirectory made) {
        state.make(made);
      } else if (event instanceof DiskEvent.Naming naming && survives) {
        state.apply(naming);
      }
    }
    return state;
  }

  private Map<Integer, FileContent> contents(List<Fate> fates) {
    Map<Integer, List<Fate>> ofFile = new TreeMap<>();
    durable.keySet().forEach(file -> ofFile.put(file, new ArrayList<>()));
    for (int i = 0; i < open.size(); i++) {
      if (open.get(i) instanceof DiskEvent.Write write) {
        ofFile.computeIfAbsent(write.file(), _ -> new ArrayList<>()).add(fates.get(i));
      }
    }
    Map<Integer, FileContent> left = new HashMap<>();
    ofFile.forEach(
        (file, its) ->
            left.put(file, contents.computeIfAbsent(new Part(file, its), this::content)));
    return left;
  }

  private FileContent content(Part part) {
    List<Map.Entry<Long, MemorySegment>> pieces =
        new ArrayList<>(durable.getOrDefault(part.file, List.of()));
    int next = 0;
    for (DiskEvent event : open) {
      if (event instanceof DiskEvent.Write write && write.file() == part.file) {
        part.fates.get(next++).addTo(pieces, write);
      }
    }
    return new FileContent(pieces);
  }
}
