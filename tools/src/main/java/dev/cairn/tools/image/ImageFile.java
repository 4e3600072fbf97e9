package dev.cairn.tools.image;

import dev.cairn.store.BadInputException;
import dev.cairn.store.RefusedException;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A file that somebody else made, open for reading at any place. Nothing in it is believed: whoever
 * reads beyond its end gets an error that names file and offset. Safe for use by several threads.
 */
final class ImageFile implements Closeable {
  /**
   * Most bytes of device state that Cairn takes: it is held in memory several times while it is
   * compared and compressed, and real ones have less than 1 MiB.
   */
  static final long MOST_STATE_BYTES = 128 << 20;

  /** Of a read into the heap, for which the JDK has a native buffer of that length: bytes. */
  private static final int SLICE = 1 << 20;

  private final Path path;
  private final FileChannel channel;
  private final long length;
  private final String next;

  private ImageFile(Path path, FileChannel channel, String next) throws IOException {
    this.path = path;
    this.channel = channel;
    this.length = channel.size();
    this.next = next;
  }

  /**
   * Opens a regular file that is not empty.
   *
   * @param next what to do about a file that is not sound; it ends every error
   * @throws BadInputException if it is none
   */
  static ImageFile open(Path path, String next) throws IOException {
    check(path, path);
    return open(path, path, next);
  }

  /**
   * Opens what the caller has checked already.
   *
   * @param path its name in errors
   * @param opened a name under which it is found for certain
   */
  static ImageFile open(Path path, Path opened, String next) throws IOException {
    FileChannel channel = FileChannel.open(opened, StandardOpenOption.READ);
    boolean done = false;
    try {
      ImageFile file = new ImageFile(path, channel, next);
      if (file.length == 0) {
        throw file.bad("image", 0, "bytes", "an empty file");
      }
      done = true;
      return file;
    } finally {
      if (!done) {
        channel.close();
      }
    }
  }

  /** Checks that a name stands for a regular file: to open a FIFO would be to wait for ever. */
  static void check(Path path, Path opened) throws BadInputException {
    if (Files.isRegularFile(opened)) {
      return;
    }
    String actual =
        Files.isDirectory(opened)
            ? "a directory"
            : Files.exists(opened) ? "something that is no regular file" : "no such file";
    throw bad(
        path, "image", 0, "a regular file", actual, "name one: FORMAT:PATH, see: ls -l " + path);
  }

  Path path() {
    return path;
  }

  /** Returns the length in bytes when it was opened. */
  long length() {
    return length;
  }

  /** Fills a segment from an offset on. */
  void read(long offset, MemorySegment into) throws IOException {
    long done = 0;
    while (done < into.byteSize()) {
      ByteBuffer part = into.asSlice(done, Math.min(SLICE, into.byteSize() - done)).asByteBuffer();
      int count = channel.read(part, offset + done);
      if (count < 0) {
        throw bad("bytes", offset + done, (into.byteSize() - done) + " bytes more", "end of file");
      }
      done += count;
    }
  }

  /** Reads bytes into a new array; the length is checked against the file's first. */
  byte[] bytes(String what, long offset, long count) throws IOException {
    if (offset < 0 || count < 0 || count > length - offset || count > Integer.MAX_VALUE - 16) {
      long left = Math.max(0, length - offset);
      throw bad(what, offset, count + " bytes", left + " up to the end of the file");
    }
    byte[] bytes = new byte[(int) count];
    read(offset, MemorySegment.ofArray(bytes));
    return bytes;
  }

  /** Makes the error that something in this file is wrong. */
  BadInputException bad(String what, long offset, Object expected, Object actual) {
    return bad(path, what, offset, expected, actual, next);
  }

  /** Makes the error that this file is of a kind that Cairn does not take on. */
  RefusedException refused(String what, long offset, Object expected, Object actual) {
    return refused(path, what, offset, expected, actual, next);
  }

  static RefusedException refused(
      Path path, String what, long offset, Object expected, Object actual, String next) {
    return new RefusedException(text(path, what, offset, expected, actual, next));
  }

  static BadInputException bad(
      Path path, String what, long offset, Object expected, Object actual, String next) {
    return new BadInputException(text(path, what, offset, expected, actual, next));
  }

  private static String text(
      Path path, String what, long offset, Object expected, Object actual, String next) {
    return "%s: %s at offset %d: expected %s, found %s; %s"
        .formatted(path, what, offset, expected, actual, next);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
