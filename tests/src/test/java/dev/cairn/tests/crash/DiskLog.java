package dev.cairn.tests.crash;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Records every change that is made to a disk, in order. Safe for use by several threads. */
final class DiskLog {
  /** The number of the topmost directory. */
  static final int ROOT = 0;

  private record Place(int directory, String name) {}

  private final List<DiskEvent> events = new ArrayList<>();
  private final Map<Place, Integer> files = new HashMap<>();
  private final Map<Place, Integer> directories = new HashMap<>();
  private int lastFile;
  private int lastDirectory = ROOT;

  synchronized List<DiskEvent> events() {
    return List.copyOf(events);
  }

  synchronized void acknowledged(int model) {
    events.add(new DiskEvent.Acknowledged(model));
  }

  synchronized int created(int directory, String name) {
    int file = ++lastFile;
    files.put(new Place(directory, name), file);
    events.add(new DiskEvent.Enter(directory, name, file));
    return file;
  }

  synchronized int reopened(int directory, String name) {
    return known(files.get(new Place(directory, name)), name);
  }

  synchronized void wrote(int file, long offset, MemorySegment data) {
    MemorySegment copy = MemorySegment.ofArray(data.toArray(ValueLayout.JAVA_BYTE));
    events.add(new DiskEvent.Write(file, offset, copy));
  }

  synchronized void synced(int file) {
    events.add(new DiskEvent.SyncFile(file));
  }

  synchronized void renamed(int directory, String from, String to) {
    int file = known(files.remove(new Place(directory, from)), from);
    files.put(new Place(directory, to), file);
    events.add(new DiskEvent.Rename(directory, from, to, file));
  }

  synchronized void linked(int directory, String name, int target, String targetName) {
    int file = known(files.get(new Place(directory, name)), name);
    files.put(new Place(target, targetName), file);
    events.add(new DiskEvent.Enter(target, targetName, file));
  }

  synchronized void deleted(int directory, String name) {
    files.remove(new Place(directory, name));
    events.add(new DiskEvent.Leave(directory, name));
  }

  /** Returns the number of a directory that was made or was there. */
  synchronized int madeDirectory(int directory, String name) {
    Integer there = directories.get(new Place(directory, name));
    if (there != null) {
      return there;
    }
    int made = ++lastDirectory;
    directories.put(new Place(directory, name), made);
    events.add(new DiskEvent.MakeDirectory(directory, name, made));
    return made;
  }

  synchronized void renamedDirectory(int directory, String from, String to) {
    int moved = known(directories.remove(new Place(directory, from)), from);
    directories.put(new Place(directory, to), moved);
    events.add(new DiskEvent.RenameDirectory(directory, from, to, moved));
  }

  synchronized void deletedDirectory(int directory, String name) {
    directories.remove(new Place(directory, name));
    events.add(new DiskEvent.LeaveDirectory(directory, name));
  }

  synchronized void syncedDirectory(int directory) {
    events.add(new DiskEvent.SyncDirectory(directory));
  }

  private static int known(@Nullable Integer number, String name) {
    if (number == null) {
      throw new IllegalStateException(name + " was not made here");
    }
    return number;
  }
}
