package dev.cairn.store.file;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/**
 * The golden files of one format version, among the test resources. Immutable. Beside each {@code
 * NAME} lies {@code NAME.txt}, its dump; a base image, mostly holes, lies there as {@code NAME.gz}.
 */
final class GoldenDirectory {
  private static final String PACKED = ".gz";

  private final Path path;

  private GoldenDirectory(Path path) {
    this.path = path;
  }

  private static Path root() {
    return ModuleFiles.of("src/test/resources/golden");
  }

  /** Returns the directory of every version that was ever published. */
  static List<GoldenDirectory> all() throws IOException {
    try (Stream<Path> paths = Files.list(root())) {
      return paths.sorted().map(GoldenDirectory::new).toList();
    }
  }

  /** Returns the directory of version 1, which this code writes unless there are differences. */
  static GoldenDirectory current() {
    return of(FileHeader.VERSION);
  }

  /** Returns the directory of a version. */
  static GoldenDirectory of(int version) {
    return new GoldenDirectory(root().resolve("v" + version));
  }

  boolean isThere() {
    return Files.exists(path);
  }

  /** Returns which version's directory it is. */
  int version() {
    return Integer.parseInt(toString().substring(1));
  }

  /** Returns the bytes of each file. */
  SortedMap<String, byte[]> files() throws IOException {
    SortedMap<String, byte[]> files = new TreeMap<>();
    try (Stream<Path> paths = Files.list(path)) {
      for (Path file : paths.filter(p -> !p.toString().endsWith(".txt")).toList()) {
        String name = path.relativize(file).toString();
        byte[] bytes = Files.readAllBytes(file);
        if (name.endsWith(PACKED)) {
          try (InputStream in = new GZIPInputStream(new ByteArrayInputStream(bytes))) {
            bytes = in.readAllBytes();
          }
          name = name.substring(0, name.length() - PACKED.length());
        }
        files.put(name, bytes);
      }
    }
    return files;
  }

  /** Returns the dump beside a file. */
  String dump(String name) throws IOException {
    return Files.readString(path.resolve(name + ".txt"));
  }

  /** Opens all files, so that those they draw on are found by name. */
  Map<FileName, OpenFile> open() throws IOException {
    Map<FileName, OpenFile> open = new HashMap<>();
    for (Map.Entry<String, byte[]> file : files().entrySet()) {
      OpenFile opened = open(file.getKey(), file.getValue());
      open.put(opened.header().name(), opened);
    }
    return open;
  }

  /** Opens a file under the name that its header tells. */
  static OpenFile open(String name, byte[] bytes) throws IOException {
    MemorySegment s = MemorySegment.ofArray(bytes);
    return OpenFile.open(FileHeader.decode(name, s).name(), BytesInput.of(bytes));
  }

  /** Adds a file and its dump; one that is there is never overwritten. */
  void add(String name, byte[] bytes) throws IOException {
    Files.createDirectories(path);
    String dump = FileDump.of(open(name, bytes));
    if (name.endsWith(".base")) {
      write(name + PACKED, gzip(bytes));
    } else {
      write(name, bytes);
    }
    write(name + ".txt", dump.getBytes(StandardCharsets.UTF_8));
  }

  private void write(String name, byte[] bytes) throws IOException {
    Files.write(path.resolve(name), bytes, StandardOpenOption.CREATE_NEW);
  }

  private static byte[] gzip(byte[] bytes) throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (OutputStream out = new GZIPOutputStream(packed)) {
      out.write(bytes);
    }
    return packed.toByteArray();
  }

  @Override
  public String toString() {
    return String.valueOf(path.getFileName());
  }
}
