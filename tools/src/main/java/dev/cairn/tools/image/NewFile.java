package dev.cairn.tools.image;

import dev.cairn.store.BadInputException;
import java.io.Closeable;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Objects;

/**
 * A file that gets its name only when it is whole: written beside its target, 0600 since it holds a
 * guest's memory, and deleted if it is closed, or the process is told to end, before. A target that
 * is a symbolic link stays one, as with cp: the file that it names is replaced. Writes of disjoint
 * ranges may come from several threads.
 */
public final class NewFile implements Closeable {
  private static final int SLICE = 1 << 30;

  private final Path target;
  private final Path place;
  private final Path temporary;
  private final FileChannel channel;
  private final Thread deleteAtExit;
  private boolean finished;

  private NewFile(Path target, Path place, Path temporary, FileChannel channel) {
    this.target = target;
    this.place = place;
    this.temporary = temporary;
    this.channel = channel;
    this.deleteAtExit = new Thread(this::deleteAtExit);
    Runtime.getRuntime().addShutdownHook(deleteAtExit);
  }

  /**
   * Writes a whole file: all of it or nothing.
   *
   * @throws BadInputException if nothing can be written under that name
   */
  public static void put(Path target, byte[] content) throws IOException {
    try (NewFile file = create(target)) {
      file.write(0, MemorySegment.ofArray(content));
      file.finish();
    }
  }

  /**
   * Begins a file.
   *
   * @throws BadInputException if nothing can be written under that name
   */
  static NewFile create(Path target) throws IOException {
    Path place = place(target);
    Path temporary = temporary(target, directory(place));
    boolean done = false;
    try {
      FileChannel channel = FileChannel.open(temporary, StandardOpenOption.WRITE);
      NewFile file = new NewFile(target, place, temporary, channel);
      done = true;
      return file;
    } finally {
      if (!done) {
        Files.deleteIfExists(temporary);
      }
    }
  }

  /** Makes it, 0600. Its name does not hold the target's, which may be as long as names can be. */
  private static Path temporary(Path target, Path directory) throws IOException {
    try {
      return Files.createTempFile(directory, ".cairn-tmp-", null);
    } catch (AccessDeniedException _) {
      throw new AccessDeniedException(target.toString());
    } catch (IOException e) {
      throw failed(target, "beginning it", e);
    }
  }

  private static Path directory(Path place) {
    return Objects.requireNonNull(place.getParent());
  }

  /** Returns the name that the file will have. */
  private static Path place(Path target) throws IOException {
    Path absolute = target.toAbsolutePath();
    Path parent = absolute.getParent();
    if (parent == null || !Files.isDirectory(parent)) {
      throw ImageFile.bad(
          target, "target", 0, "a directory to write in", "none", "make it: mkdir -p " + parent);
    }
    if (!Files.exists(absolute, LinkOption.NOFOLLOW_LINKS)) {
      return absolute;
    }
    if (!Files.isRegularFile(absolute)) {
      boolean directory = Files.isDirectory(absolute);
      throw ImageFile.bad(
          target,
          "target",
          0,
          "a file or nothing",
          directory ? "a directory" : "something else",
          directory ? "name a file in it: " + target + "/NAME" : "name another one");
    }
    return absolute.toRealPath();
  }

  void write(long offset, MemorySegment data) throws IOException {
    for (long done = 0; done < data.byteSize(); ) {
      ByteBuffer part = data.asSlice(done, Math.min(SLICE, data.byteSize() - done)).asByteBuffer();
      try {
        done += channel.write(part, offset + done);
      } catch (IOException e) {
        throw failed(target, "writing at offset " + offset, e);
      }
    }
  }

  /** Makes the file at least this long; what was not written is a hole. */
  void extend(long length) throws IOException {
    try {
      if (channel.size() < length) {
        try (RandomAccessFile file = new RandomAccessFile(temporary.toFile(), "rw")) {
          file.setLength(length);
        }
      }
    } catch (IOException e) {
      throw failed(target, "making it " + length + " bytes long", e);
    }
  }

  /** Makes the content durable and gives the file its name. */
  void finish() throws IOException {
    try {
      channel.force(true);
      channel.close();
      Files.move(
          temporary, place, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      finished = true;
      try (FileChannel directory = FileChannel.open(directory(place), StandardOpenOption.READ)) {
        directory.force(true);
      }
    } catch (IOException e) {
      throw failed(target, finished ? "syncing its directory" : "finishing it", e);
    }
  }

  private static IOException failed(Path target, String what, IOException e) {
    return new IOException(target + ": " + what + ": " + e.getMessage(), e);
  }

  private void deleteAtExit() {
    try {
      Files.deleteIfExists(temporary);
    } catch (IOException e) {
      System.err.println("cairn: " + temporary + " is left behind: " + e.getMessage());
    }
  }

  @Override
  public void close() throws IOException {
    try (channel) {
      if (!finished) {
        Files.deleteIfExists(temporary);
      }
    } finally {
      forgetExit();
    }
  }

  private void forgetExit() {
    try {
      Runtime.getRuntime().removeShutdownHook(deleteAtExit);
    } catch (IllegalStateException _) {
      // The process is ending: the hook runs, and finds nothing.
    }
  }
}
