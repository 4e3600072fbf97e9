package dev.cairn.tests.rights;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * A directory beside a store that nobody may write to: its files' bytes, times of change, owners
 * and permissions must stay what they are. Not thread-safe.
 */
final class Canary {
  private final Path directory;
  private Map<String, String> before;

  /** Makes the directory, with a file and a directory in it. */
  Canary(Path directory) throws IOException {
    this.directory = Files.createDirectory(directory);
    Files.writeString(file(), "nobody writes here");
    Files.createDirectory(folder());
    Files.writeString(folder().resolve("file"), "nor here");
    this.before = state();
  }

  /** Returns a file in it. */
  Path file() {
    return directory.resolve("file");
  }

  /** Returns a directory in it. */
  Path folder() {
    return directory.resolve("folder");
  }

  /** Returns a name in it that stands for nothing. */
  Path nothing() {
    return directory.resolve("nothing");
  }

  Path directory() {
    return directory;
  }

  /** Takes note of what the test itself has put there. */
  void remember() throws IOException {
    before = state();
  }

  /** Fails if anything is another. */
  void requireUntouched(String after) throws IOException {
    assertEquals(before, state(), "outside of the store, after " + after);
  }

  /** The same, but that a file may have lost a second name. */
  void requireOnlyNamesGone(String after) throws IOException {
    Map<String, String> now = state();
    assertEquals(withoutNames(before), withoutNames(now), "outside of the store, after " + after);
  }

  /** A file's time of change is also that of its names. */
  private static Map<String, String> withoutNames(Map<String, String> state) {
    Map<String, String> without = new TreeMap<>();
    state.forEach((file, facts) -> without.put(file, facts.replaceAll("(ctime|nlink)=[^,}]*", "")));
    return without;
  }

  private Map<String, String> state() throws IOException {
    Map<String, String> state = new TreeMap<>();
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.toList()) {
        Map<String, Object> facts =
            Files.readAttributes(
                file, "unix:mode,uid,size,nlink,lastModifiedTime,ctime", LinkOption.NOFOLLOW_LINKS);
        String bytes =
            Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
                ? HexFormat.of().formatHex(Files.readAllBytes(file))
                : "";
        state.put(directory.relativize(file).toString(), new TreeMap<>(facts) + " " + bytes);
      }
    }
    return state;
  }
}
