package dev.cairn.tests.damage;

import dev.cairn.store.io.StoreDirectory;
import dev.cairn.store.io.StoreInput;
import dev.cairn.store.io.StoreOutput;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.NotDirectoryException;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * All files of a store, by their paths below its root; hard links are one object under two paths.
 * Immutable.
 */
public final class Picture {
  private final NavigableMap<String, Contents> files;

  private Picture(NavigableMap<String, Contents> files) {
    this.files = Collections.unmodifiableNavigableMap(files);
  }

  /** Reads a directory and those below; equal files of one name are links. */
  public static Picture of(StoreDirectory root) throws IOException {
    NavigableMap<String, Contents> files = new TreeMap<>();
    take(root, "", files);
    return new Picture(files);
  }

  private static void take(StoreDirectory from, String path, NavigableMap<String, Contents> files)
      throws IOException {
    for (String name : from.list()) {
      try (StoreDirectory below = from.openDirectory(name)) {
        take(below, path + name + "/", files);
      } catch (NotDirectoryException e) {
        byte[] bytes = bytes(from, name);
        files.put(path + name, linked(files, name, bytes).orElse(new Contents.Whole(bytes)));
      }
    }
  }

  private static byte[] bytes(StoreDirectory from, String name) throws IOException {
    try (StoreInput in = from.open(name)) {
      byte[] bytes = new byte[Math.toIntExact(in.length())];
      in.read(0, MemorySegment.ofArray(bytes));
      return bytes;
    }
  }

  private static Optional<Contents> linked(
      NavigableMap<String, Contents> files, String name, byte[] bytes) {
    return files.entrySet().stream()
        .filter(e -> e.getKey().endsWith("/" + name) && bytes.length > 0)
        .map(Map.Entry::getValue)
        .filter(other -> Arrays.equals(other.bytes(), bytes))
        .findFirst();
  }

  /** Returns the paths of all files. */
  NavigableSet<String> paths() {
    return files.navigableKeySet();
  }

  Optional<Contents> file(String path) {
    return Optional.ofNullable(files.get(path));
  }

  /** Returns the file that is there. */
  Contents get(String path) {
    return Objects.requireNonNull(files.get(path), path);
  }

  /** Returns all paths of the file that has a path. */
  NavigableSet<String> links(String path) {
    NavigableSet<String> links = new TreeSet<>();
    Contents file = get(path);
    files.forEach(
        (other, contents) -> {
          if (contents == file) {
            links.add(other);
          }
        });
    return links;
  }

  /** Returns a picture in which a file, under all its names, is another. */
  Picture with(String path, Contents other) {
    NavigableMap<String, Contents> copy = new TreeMap<>(files);
    links(path).forEach(link -> copy.put(link, other));
    return new Picture(copy);
  }

  /** Returns a picture in which one name is gone. */
  Picture without(String path) {
    NavigableMap<String, Contents> copy = new TreeMap<>(files);
    copy.remove(path);
    return new Picture(copy);
  }

  /** Writes all files into an empty directory; links become links. */
  public void writeTo(StoreDirectory root) throws IOException {
    Map<Contents, String> written = new LinkedHashMap<>();
    for (Map.Entry<String, Contents> file : files.entrySet()) {
      String first = written.putIfAbsent(file.getValue(), file.getKey());
      if (first != null && !first.equals(file.getKey()) && file.getValue().length() > 0) {
        parent(root, first).link(name(first), parent(root, file.getKey()), name(file.getKey()));
      } else {
        write(parent(root, file.getKey()), name(file.getKey()), file.getValue().bytes());
      }
    }
  }

  private static void write(StoreDirectory into, String name, byte[] bytes) throws IOException {
    int block = 4096;
    try (StoreOutput out = into.create(name)) {
      for (int at = 0; at < bytes.length; at += block) {
        int end = Math.min(bytes.length, at + block);
        boolean last = end == bytes.length;
        if (last || Arrays.mismatch(bytes, at, end, new byte[block], 0, end - at) >= 0) {
          out.write(at, MemorySegment.ofArray(bytes).asSlice(at, end - at));
        }
      }
    }
  }

  private static StoreDirectory parent(StoreDirectory root, String path) throws IOException {
    StoreDirectory at = root;
    for (String next = path; next.contains("/"); next = next.substring(next.indexOf('/') + 1)) {
      at = at.makeDirectory(next.substring(0, next.indexOf('/')));
    }
    return at;
  }

  /** Returns the last part of a path. */
  static String name(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }

  @Override
  public boolean equals(Object o) {
    if (!(o instanceof Picture other) || !files.keySet().equals(other.files.keySet())) {
      return false;
    }
    return files.entrySet().stream()
        .allMatch(e -> Arrays.equals(e.getValue().bytes(), other.get(e.getKey()).bytes()));
  }

  @Override
  public int hashCode() {
    return files.keySet().hashCode();
  }
}
