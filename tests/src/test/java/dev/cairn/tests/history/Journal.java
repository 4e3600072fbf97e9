package dev.cairn.tests.history;

import dev.cairn.store.io.MemoryDirectory;
import dev.cairn.store.io.StoreDirectory;
import dev.cairn.store.io.StoreOutput;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
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

  private static final int SECTOR = 512;

  private sealed interface Event {
    record Enter(String directory, String name, int file) implements Event {}

    record Leave(String directory, String name) implements Event {}

    record Rename(String directory, String from, String to, int file) implements Event {}

    record SyncDirectory(String directory) implements Event {}

    record Write(int file, long offset, byte[] bytes) implements Event {}

    record SyncFile(int file) implements Event {}
  }

  private final List<Event> events = new ArrayList<>();
  private final Map<String, Map<String, Integer>> names = new HashMap<>();
  private int files;

  /** Returns how many changes there were so far. */
  synchronized int size() {
    return events.size();
  }

  synchronized int created(String directory, String name) {
    int file = files++;
    entries(directory).put(name, file);
    events.add(new Event.Enter(directory, name, file));
    return file;
  }

  synchronized void wrote(int file, long offset, MemorySegment data) {
    byte[] copy = new byte[Math.toIntExact(data.byteSize())];
    MemorySegment.copy(data, 0, MemorySegment.ofArray(copy), 0, copy.length);
    events.add(new Event.Write(file, offset, copy));
  }

  synchronized void synced(int file) {
    events.add(new Event.SyncFile(file));
  }

  synchronized void renamed(String directory, String from, String to) {
    Integer file = entries(directory).remove(from);
    if (file == null) {
      throw new IllegalStateException(directory + "/" + from + " was not made here");
    }
    entries(directory).put(to, file);
    events.add(new Event.Rename(directory, from, to, file));
  }

  synchronized void linked(String directory, String name, String target, String targetName) {
    Integer file = entries(directory).get(name);
    if (file == null) {
      throw new IllegalStateException(directory + "/" + name + " was not made here");
    }
    entries(target).put(targetName, file);
    events.add(new Event.Enter(target, targetName, file));
  }

  synchronized void deleted(String directory, String name) {
    entries(directory).remove(name);
    events.add(new Event.Leave(directory, name));
  }

  synchronized void synced(String directory) {
    events.add(new Event.SyncDirectory(directory));
  }

  private Map<String, Integer> entries(String directory) {
    return names.computeIfAbsent(directory, _ -> new TreeMap<>());
  }

  /**
   * Returns a file system as a power cut may leave it.
   *
   * @param changes how many changes were made before the cut
   * @param random for {@link Luck#SOME}
   */
  synchronized MemoryDirectory after(int changes, Luck luck, Random random) throws IOException {
    Map<String, Map<String, Integer>> left = names(changes, luck, random);
    Map<Integer, List<Event.Write>> content = content(changes, luck, random);
    MemoryDirectory disk = MemoryDirectory.create();
    for (Map.Entry<String, Map<String, Integer>> directory : left.entrySet()) {
      try (StoreDirectory made = make(disk, directory.getKey())) {
        for (Map.Entry<String, Integer> entry : directory.getValue().entrySet()) {
          try (StoreOutput out = made.create(entry.getKey())) {
            for (Event.Write write : content.getOrDefault(entry.getValue(), List.of())) {
              out.write(write.offset(), MemorySegment.ofArray(write.bytes()));
            }
          }
        }
      }
    }
    return disk;
  }

  /** Makes directories: they are durable at once. Links are copies, for nobody writes to them. */
  private static StoreDirectory make(MemoryDirectory disk, String path) throws IOException {
    StoreDirectory at = disk.asProcess("after the power cut");
    for (String part : path.split("/", -1)) {
      if (!part.isEmpty()) {
        at = at.makeDirectory(part);
      }
    }
    return at;
  }

  private Map<String, Map<String, Integer>> names(int changes, Luck luck, Random random) {
    Map<String, Integer> syncedTo = new HashMap<>();
    for (int i = 0; i < changes; i++) {
      if (events.get(i) instanceof Event.SyncDirectory sync) {
        syncedTo.put(sync.directory(), i);
      }
    }
    Map<String, Map<String, Integer>> left = new TreeMap<>();
    names.keySet().forEach(directory -> left.put(directory, new TreeMap<>()));
    Map<String, Boolean> cut = new HashMap<>();
    for (int i = 0; i < changes; i++) {
      Event event = events.get(i);
      String directory =
          switch (event) {
            case Event.Enter e -> e.directory();
            case Event.Leave e -> e.directory();
            case Event.Rename e -> e.directory();
            case Event.SyncDirectory _, Event.Write _, Event.SyncFile _ -> "";
          };
      if (directory.isEmpty() || cut.getOrDefault(directory, false)) {
        continue;
      }
      boolean durable = i < syncedTo.getOrDefault(directory, -1);
      boolean survives =
          durable
              || switch (luck) {
                case NOTHING, CONTENT -> false;
                case NAMES, ALL -> true;
                case SOME -> random.nextInt(3) > 0;
              };
      if (!survives) {
        cut.put(directory, true);
        continue;
      }
      Map<String, Integer> entries = left.computeIfAbsent(directory, _ -> new TreeMap<>());
      switch (event) {
        case Event.Enter e -> entries.put(e.name(), e.file());
        case Event.Leave e -> entries.remove(e.name());
        case Event.Rename e -> {
          entries.remove(e.from());
          entries.put(e.to(), e.file());
        }
        case Event.SyncDirectory _, Event.Write _, Event.SyncFile _ -> {}
      }
    }
    return left;
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
    int sectors = random.nextInt(write.bytes().length / SECTOR + 1);
    byte[] head = new byte[sectors * SECTOR];
    System.arraycopy(write.bytes(), 0, head, 0, head.length);
    return new Event.Write(write.file(), write.offset(), head);
  }
}
