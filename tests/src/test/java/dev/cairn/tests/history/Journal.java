package dev.cairn.tests.history;

import dev.cairn.store.io.MemoryDirectory;
import dev.cairn.store.io.StoreDirectory;
import dev.cairn.store.io.StoreOutput;
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
 * Every change that was made to a file system, in order; and what a power cut after any of them may
 * leave. Safe for use by several threads while it is recorded.
 *
 * <p>What may be left: of each directory, a prefix of its changes that reaches at least to its last
 * sync; of each file's writes, all before its last sync, and of later ones any, whole or torn.
 */
final class Journal {
  /** How much of what was not synced survives. */
  enum Luck {
    NOTHING,
    /** Names reached the disk, what is in the files did not. */
    NAMES,
    /** What is in the files reached the disk, no new name did. */
    CONTENT,
    ALL,
    SOME
  }

  /** The number of the topmost directory. */
  static final int ROOT = 0;

  private static final int SECTOR = 512;

  private sealed interface Event {
    /** A change of what a directory names. */
    sealed interface Naming extends Event {
      int directory();
    }

    record Enter(int directory, String name, int file) implements Naming {}

    record Leave(int directory, String name) implements Naming {}

    record Rename(int directory, String from, String to, int file) implements Naming {}

    record RenameDirectory(int directory, String from, String to) implements Naming {}

    record LeaveDirectory(int directory, String name) implements Naming {}

    /** Directories are durable at once: whoever makes one syncs its parent. */
    record MakeDirectory(int directory, String name, int made) implements Event {}

    record SyncDirectory(int directory) implements Event {}

    record Write(int file, long offset, MemorySegment data) implements Event {}

    record SyncFile(int file) implements Event {}
  }

  /** What a directory names. */
  private static final class Folder {
    final Map<String, Integer> files = new TreeMap<>();
    final Map<String, Integer> directories = new TreeMap<>();
  }

  private final List<Event> events = new ArrayList<>();
  private final Map<Integer, Folder> folders = new HashMap<>();
  private int files;
  private int directories = ROOT;

  /** Returns how many changes there were so far. */
  synchronized int size() {
    return events.size();
  }

  synchronized int created(int directory, String name) {
    int file = files++;
    folder(directory).files.put(name, file);
    events.add(new Event.Enter(directory, name, file));
    return file;
  }

  synchronized void wrote(int file, long offset, MemorySegment data) {
    byte[] copy = new byte[Math.toIntExact(data.byteSize())];
    MemorySegment.copy(data, 0, MemorySegment.ofArray(copy), 0, copy.length);
    events.add(new Event.Write(file, offset, MemorySegment.ofArray(copy)));
  }

  synchronized void synced(int file) {
    events.add(new Event.SyncFile(file));
  }

  synchronized void renamed(int directory, String from, String to) {
    Integer file = folder(directory).files.remove(from);
    if (file == null) {
      throw new IllegalStateException(from + " was not made here");
    }
    folder(directory).files.put(to, file);
    events.add(new Event.Rename(directory, from, to, file));
  }

  synchronized void linked(int directory, String name, int target, String targetName) {
    Integer file = folder(directory).files.get(name);
    if (file == null) {
      throw new IllegalStateException(name + " was not made here");
    }
    folder(target).files.put(targetName, file);
    events.add(new Event.Enter(target, targetName, file));
  }

  synchronized void deleted(int directory, String name) {
    folder(directory).files.remove(name);
    events.add(new Event.Leave(directory, name));
  }

  /** Returns the number of a directory that was made or was there. */
  synchronized int madeDirectory(int directory, String name) {
    Integer known = folder(directory).directories.get(name);
    if (known != null) {
      return known;
    }
    int made = ++directories;
    folder(directory).directories.put(name, made);
    events.add(new Event.MakeDirectory(directory, name, made));
    return made;
  }

  synchronized void renamedDirectory(int directory, String from, String to) {
    Integer moved = folder(directory).directories.remove(from);
    if (moved == null) {
      throw new IllegalStateException(from + " was not made here");
    }
    folder(directory).directories.put(to, moved);
    events.add(new Event.RenameDirectory(directory, from, to));
  }

  synchronized void deletedDirectory(int directory, String name) {
    folder(directory).directories.remove(name);
    events.add(new Event.LeaveDirectory(directory, name));
  }

  synchronized void syncedDirectory(int directory) {
    events.add(new Event.SyncDirectory(directory));
  }

  private Folder folder(int directory) {
    return folders.computeIfAbsent(directory, _ -> new Folder());
  }

  /**
   * Returns a file system as a power cut may leave it.
   *
   * @param changes how many changes were made before the cut
   * @param random for {@link Luck#SOME}
   */
  synchronized MemoryDirectory after(int changes, Luck luck, Random random) throws IOException {
    Map<Integer, Folder> left = names(changes, luck, random);
    Map<Integer, List<Event.Write>> content = content(changes, luck, random);
    MemoryDirectory disk = MemoryDirectory.create();
    fill(disk.asProcess("after the power cut"), ROOT, left, content);
    return disk;
  }

  /** Links become copies, for nobody writes to them. */
  private static void fill(
      StoreDirectory into,
      int directory,
      Map<Integer, Folder> left,
      Map<Integer, List<Event.Write>> content)
      throws IOException {
    Folder folder = left.getOrDefault(directory, new Folder());
    for (Map.Entry<String, Integer> entry : folder.files.entrySet()) {
      try (StoreOutput out = into.create(entry.getKey())) {
        for (Event.Write write : content.getOrDefault(entry.getValue(), List.of())) {
          out.write(write.offset(), write.data());
        }
      }
    }
    for (Map.Entry<String, Integer> entry : folder.directories.entrySet()) {
      try (StoreDirectory made = into.makeDirectory(entry.getKey())) {
        fill(made, entry.getValue(), left, content);
      }
    }
  }

  private Map<Integer, Folder> names(int changes, Luck luck, Random random) {
    Map<Integer, Integer> syncedTo = new HashMap<>();
    for (int i = 0; i < changes; i++) {
      if (events.get(i) instanceof Event.SyncDirectory sync) {
        syncedTo.put(sync.directory(), i);
      }
    }
    Map<Integer, Folder> left = new HashMap<>();
    Set<Integer> cut = new HashSet<>();
    for (int i = 0; i < changes; i++) {
      Event event = events.get(i);
      if (event instanceof Event.MakeDirectory made) {
        left.computeIfAbsent(made.directory(), _ -> new Folder())
            .directories
            .put(made.name(), made.made());
      }
      if (!(event instanceof Event.Naming naming) || cut.contains(naming.directory())) {
        continue;
      }
      boolean survives =
          i < syncedTo.getOrDefault(naming.directory(), -1)
              || switch (luck) {
                case NOTHING, CONTENT -> false;
                case NAMES, ALL -> true;
                case SOME -> random.nextInt(3) > 0;
              };
      if (survives) {
        apply(naming, left.computeIfAbsent(naming.directory(), _ -> new Folder()));
      } else {
        cut.add(naming.directory());
      }
    }
    return left;
  }

  private static void apply(Event.Naming event, Folder folder) {
    switch (event) {
      case Event.Enter e -> folder.files.put(e.name(), e.file());
      case Event.Leave e -> folder.files.remove(e.name());
      case Event.Rename e -> {
        folder.files.remove(e.from());
        folder.files.put(e.to(), e.file());
      }
      case Event.RenameDirectory e -> {
        Integer moved = folder.directories.remove(e.from());
        if (moved != null) {
          folder.directories.put(e.to(), moved);
        }
      }
      case Event.LeaveDirectory e -> folder.directories.remove(e.name());
    }
  }

  private Map<Integer, List<Event.Write>> content(int changes, Luck luck, Random random) {
    Map<Integer, Integer> syncedTo = new HashMap<>();
    for (int i = 0; i < changes; i++) {
      if (events.get(i) instanceof Event.SyncFile sync) {
        syncedTo.put(sync.file(), i);
      }
    }
    Map<Integer, List<Event.Write>> content = new HashMap<>();
    for (int i = 0; i < changes; i++) {
      if (events.get(i) instanceof Event.Write write) {
        boolean durable = i < syncedTo.getOrDefault(write.file(), -1);
        int dice = random.nextInt(3);
        boolean survives =
            durable
                || switch (luck) {
                  case NOTHING, NAMES -> false;
                  case CONTENT, ALL -> true;
                  case SOME -> dice > 0;
                };
        if (survives) {
          boolean torn = !durable && luck == Luck.SOME && dice == 1;
          content
              .computeIfAbsent(write.file(), _ -> new ArrayList<>())
              .add(torn ? torn(write, random) : write);
        }
      }
    }
    return content;
  }

  private static Event.Write torn(Event.Write write, Random random) {
    long sectors = random.nextLong(write.data().byteSize() / SECTOR + 1);
    MemorySegment head = write.data().asSlice(0, sectors * SECTOR);
    return new Event.Write(write.file(), write.offset(), head);
  }
}
