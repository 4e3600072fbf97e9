package dev.cairn.tools.image;

import dev.cairn.store.BadInputException;
import java.io.Closeable;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/**
 * A file that gets its name only when it is whole: written beside its target, 0600 since it holds a
 * guest's memory, and deleted if it is closed before. Writes of disjoint ranges may come from
 * several threads.
 */
final class NewFile implements Closeable {
  private static final int SLICE = 1 << 30;

  private final Path target;
  private final Path temporary;
  private final FileChannel channel;
  private boolean finished;

  private NewFile(Path target, Path temporary, FileChannel channel) {
    this.target = target;
    this.temporary = temporary;
    this.channel = channel;
  }

  /**
   * Begins a file.
   *
   * @throws BadInputException if nothing can be written under that name
   */
  static NewFile create(Path target) throws IOException {
    Path absolute = target.toAbsolutePath();
    Path parent = absolute.getParent();
    if (parent == null || !Files.isDirectory(parent)) {
      throw ImageFile.bad(
          target, "target", 0, "a directory to write in", "none", "make it: mkdir -p " + parent);
    }
    if (Files.exists(absolute, LinkOption.NOFOLLOW_LINKS) && !Files.isRegularFile(absolute)) {
      boolean directory = Files.isDirectory(absolute);
      throw ImageFile.bad(
          target,
          "target",
          0,
          "a file or nothing",
          directory ? "a directory" : "something else",
          directory ? "name a file in it: --to FORMAT:" + target + "/NAME" : "name another one");
    }
    Path temporary =
        parent.resolve(absolute.getFileName() + ".cairn-tmp-" + ProcessHandle.current().pid());
    Files.deleteIfExists(temporary);
    FileChannel channel =
        FileChannel.open(
            temporary,
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    return new NewFile(target, temporary, channel);
  }

  void write(long offset, MemorySegment data) throws IOException {
    for (long done = 0; done < data.byteSize(); ) {
      ByteBuffer part = data.asSlice(done, Math.min(SLICE, data.byteSize() - done)).asByteBuffer();
      try {
        done += channel.write(part, offset + done);
      } catch (IOException e) {
        throw new IOException(target + ": writing at offset " + offset + ": " + e.getMessage(), e);
      }
    }
  }

  /** Makes the file at least this long; what was not written is a hole. */
  void extend(long length) throws IOException {
    if (channel.size() < length) {
      try (RandomAccessFile file = new RandomAccessFile(temporary.toFile(), "rw")) {
        file.setLength(length);
      }
    }
  }

  /** Makes the content durable and gives the file its name. */
  void finish() throws IOException {
    channel.force(true);
    channel.close();
    Files.move(
        temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    finished = true;
    Path parent = target.toAbsolutePath().getParent();
    if (parent != null) {
      try (FileChannel directory = FileChannel.open(parent, StandardOpenOption.READ)) {
        directory.force(true);
      }
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
    if (!finished) {
      Files.deleteIfExists(temporary);
    }
  }
}
