package dev.cairn.tools.image;

import dev.cairn.store.BadInputException;
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
  private static final int SLICE = 1 << 30;

  private final Path path;
  private final FileChannel channel;
  private final long length;

  private ImageFile(Path path, FileChannel channel, long length) {
    this.path = path;
    this.channel = channel;
    this.length = length;
  }

  /**
   * Opens a regular file that is not empty.
   *
   * @throws BadInputException if it is none
   */
  static ImageFile open(Path path) throws IOException {
    if (!Files.exists(path)) {
      throw new BadInputException(path + ": expected an image, found no such file");
    }
    if (!Files.isRegularFile(path)) {
      String actual = Files.isDirectory(path) ? "a directory" : "something that is no regular file";
      throw new BadInputException(path + ": expected an image, found " + actual);
    }
    FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
    boolean done = false;
    try {
      long length = channel.size();
      if (length == 0) {
        throw new BadInputException(path + ": expected an image, found an empty file");
      }
      done = true;
      return new ImageFile(path, channel, length);
    } finally {
      if (!done) {
        channel.close();
      }
    }
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
      throw bad(what, offset, "at most " + Math.max(0, length - offset) + " bytes", count);
    }
    byte[] bytes = new byte[(int) count];
    read(offset, MemorySegment.ofArray(bytes));
    return bytes;
  }

  /** Makes the error that something in this file is wrong. */
  BadInputException bad(String what, long offset, Object expected, Object actual) {
    return new BadInputException(
        path
            + ": "
            + what
            + " at offset "
            + offset
            + ": expected "
            + expected
            + ", found "
            + actual);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
