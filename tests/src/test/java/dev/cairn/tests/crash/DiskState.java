package dev.cairn.tests.crash;

import dev.cairn.store.io.MemoryDirectory;
import dev.cairn.store.io.StoreDirectory;
import dev.cairn.store.io.StoreOutput;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Map;
import java.util.TreeMap;

/** Names and contents as a power cut has left them. Not thread-safe while it is being made. */
final class DiskState {
  /** Tells one state from another. Immutable. */
  record Digest(long high, long low) {}

  /** What a directory names. */
  private static final class Folder {
    final Map<String, Integer> files = new TreeMap<>();
    final Map<String, Integer> directories = new TreeMap<>();
  }

  private final Map<Integer, Folder> folders = new TreeMap<>();
  private final Map<Integer, FileContent> contents;

  /**
   * @param contents of the files by their numbers; those that are missing are empty
   */
  DiskState(Map<Integer, FileContent> contents) {
    this.contents = contents;
  }

  private Folder folder(int directory) {
    return folders.computeIfAbsent(directory, _ -> new Folder());
  }

  void make(DiskEvent.MakeDirectory made) {
    folder(made.directory()).directories.put(made.name(), made.made());
  }

  /** A change whose predecessor was lost does what is left for it to do. */
  void apply(DiskEvent.Naming event) {
    Folder folder = folder(event.directory());
    switch (event) {
      case DiskEvent.Enter e -> folder.files.put(e.name(), e.file());
      case DiskEvent.Leave e -> folder.files.remove(e.name());
      case DiskEvent.Rename e -> {
        folder.files.remove(e.from());
        folder.files.put(e.to(), e.file());
      }
      case DiskEvent.RenameDirectory e -> {
        folder.directories.remove(e.from());
        folder.directories.put(e.to(), e.moved());
      }
      case DiskEvent.LeaveDirectory e -> folder.directories.remove(e.name());
    }
  }

  Digest digest() {
    try {
      MessageDigest sha = MessageDigest.getInstance("SHA-256");
      digest(DiskLog.ROOT, sha);
      ByteBuffer sum = ByteBuffer.wrap(sha.digest());
      return new Digest(sum.getLong(), sum.getLong());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private void digest(int directory, MessageDigest sha) {
    Folder folder = folder(directory);
    folder.files.forEach(
        (name, file) -> {
          sha.update(name.getBytes(StandardCharsets.UTF_8));
          sha.update((byte) 0);
          sha.update(content(file).digest());
        });
    sha.update((byte) 1);
    folder.directories.forEach(
        (name, below) -> {
          sha.update(name.getBytes(StandardCharsets.UTF_8));
          sha.update((byte) 2);
          digest(below, sha);
        });
    sha.update((byte) 3);
  }

  private FileContent content(int file) {
    return contents.getOrDefault(file, FileContent.EMPTY);
  }

  /** Returns a disk in this state. Links become copies, for nobody writes to them. */
  MemoryDirectory disk() throws IOException {
    MemoryDirectory disk = MemoryDirectory.create();
    fill(disk.asProcess("the power cut"), DiskLog.ROOT);
    return disk;
  }

  private void fill(StoreDirectory into, int directory) throws IOException {
    Folder folder = folder(directory);
    for (Map.Entry<String, Integer> entry : folder.files.entrySet()) {
      try (StoreOutput out = into.create(entry.getKey())) {
        for (Map.Entry<Long, MemorySegment> piece : content(entry.getValue()).pieces()) {
          out.write(piece.getKey(), piece.getValue());
        }
      }
    }
    for (Map.Entry<String, Integer> entry : folder.directories.entrySet()) {
      try (StoreDirectory made = into.makeDirectory(entry.getKey())) {
        fill(made, entry.getValue());
      }
    }
  }

  /** Lists files, with the offset and length of each piece that is left. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    list(DiskLog.ROOT, "", text);
    return text.toString();
  }

  private void list(int directory, String path, StringBuilder text) {
    Folder folder = folder(directory);
    folder.files.forEach(
        (name, file) -> {
          text.append(path).append(name);
          for (Map.Entry<Long, MemorySegment> piece : content(file).pieces()) {
            text.append(' ').append(piece.getKey()).append('+').append(piece.getValue().byteSize());
          }
          text.append('\n');
        });
    folder.directories.forEach((name, below) -> list(below, path + name + "/", text));
  }
}
