package dev.cairn.transport.peer;

import dev.cairn.store.BadInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The lines of a text file, read anew when it changes; of one that cannot be read, nothing.
 * Thread-safe.
 *
 * @param <T> what the lines mean
 */
final class WatchedFile<T> {
  /** Longest such file, bytes. */
  static final int MOST_BYTES = 1 << 20;

  /** Reads the words of all lines. */
  interface Meaning<T> {
    T of(List<Line> lines) throws BadInputException;
  }

  /**
   * A line that says something.
   *
   * @param number from 1
   */
  record Line(int number, List<String> words) {}

  private final Path path;
  private final boolean isSecret;
  private final Meaning<T> meaning;
  private final Consumer<String> warnings;
  private final ReentrantLock lock = new ReentrantLock();
  private @Nullable Map<String, Object> seen;
  private @Nullable T known;

  /**
   * Watches a file.
   *
   * @param isSecret nobody but its owner may be able to read it
   * @param warnings told once each time that it cannot be read
   */
  WatchedFile(Path path, boolean isSecret, Meaning<T> meaning, Consumer<String> warnings) {
    this.path = path;
    this.isSecret = isSecret;
    this.meaning = meaning;
    this.warnings = warnings;
  }

  /**
   * Reads it now.
   *
   * @throws BadInputException if it is not what it should be
   */
  T read() throws IOException {
    lock.lock();
    try {
      seen = state();
      known = null;
      T read = meaning.of(lines());
      known = read;
      return read;
    } finally {
      lock.unlock();
    }
  }

  /** Returns what it says now; nothing if it cannot be read. */
  Optional<T> current() {
    lock.lock();
    try {
      Map<String, Object> now = stateOrNone();
      if (!now.equals(seen)) {
        try {
          return Optional.of(read());
        } catch (IOException e) {
          seen = now;
          warnings.accept(path + ": cannot be read, so nobody is known: " + e.getMessage());
        }
      }
      return Optional.ofNullable(known);
    } finally {
      lock.unlock();
    }
  }

  /** The time of the last change of the inode, too: a file may be written twice within one tick. */
  private Map<String, Object> state() throws IOException {
    return Files.readAttributes(path, "unix:ino,dev,size,lastModifiedTime,ctime,mode");
  }

  private Map<String, Object> stateOrNone() {
    try {
      return state();
    } catch (IOException _) {
      return Map.of();
    }
  }

  private List<Line> lines() throws IOException {
    if (isSecret) {
      requireOwnersAlone();
    }
    if (Files.size(path) > MOST_BYTES) {
      throw new BadInputException(path + ": expected at most " + MOST_BYTES + " bytes");
    }
    List<Line> lines = new ArrayList<>();
    int number = 0;
    try {
      for (String text : Files.readAllLines(path)) {
        number++;
        String says = text.replaceFirst("(^|[ \t])#.*", "").strip();
        if (!says.isEmpty()) {
          lines.add(new Line(number, List.of(says.split("[ \t]+"))));
        }
      }
    } catch (NoSuchFileException e) {
      throw new BadInputException(path + ": there is no such file");
    }
    return lines;
  }

  private void requireOwnersAlone() throws IOException {
    Set<PosixFilePermission> allowed = Files.getPosixFilePermissions(path);
    if (allowed.contains(PosixFilePermission.GROUP_READ)
        || allowed.contains(PosixFilePermission.OTHERS_READ)) {
      throw new BadInputException(
          path + ": expected that its owner alone can read it, found others; chmod 600 " + path);
    }
  }

  static BadInputException bad(Path path, Line line, String expected) {
    return new BadInputException(
        "%s: line %d: expected %s".formatted(path, line.number(), expected));
  }
}
