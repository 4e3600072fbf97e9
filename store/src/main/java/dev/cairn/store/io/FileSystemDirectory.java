package dev.cairn.store.io;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Owns the way to one directory of a local Linux file system. Safe for use by several threads.
 *
 * <p>It holds no descriptor: files that were opened through it stay open when it is closed. It
 * needs {@code /proc}.
 */
public final class FileSystemDirectory implements StoreDirectory {
  private final Path directory;
  private final FileSystemOptions options;
  private volatile boolean syncFailed;
  private volatile boolean closed;

  private FileSystemDirectory(Path directory, FileSystemOptions options) {
    this.directory = directory;
    this.options = options;
  }

  /** Opens an existing directory of a safe file system. */
  public static FileSystemDirectory open(Path path) throws IOException {
    return open(path, FileSystemOptions.standard());
  }

  /**
   * Opens an existing directory. Symbolic links on the way to it are resolved here, once.
   *
   * @throws dev.cairn.store.RefusedException if its file system is unsafe and that is not allowed
   * @throws NoSuchFileException if there is none
   * @throws NotDirectoryException if it is something else
   */
  public static FileSystemDirectory open(Path path, FileSystemOptions options) throws IOException {
    Path real = path.toRealPath();
    if (!Files.isDirectory(real, LinkOption.NOFOLLOW_LINKS)) {
      throw new NotDirectoryException(real.toString());
    }
    FileSystemTypes.check(real, options);
    return new FileSystemDirectory(real, options);
  }

  /** Creates a directory on a safe file system, durably, or opens the one that exists. */
  public static FileSystemDirectory create(Path path) throws IOException {
    return create(path, FileSystemOptions.standard());
  }

  /**
   * Creates a directory, durably, with permissions 0700, or opens the one that exists. The
   * directory in which it is must exist.
   *
   * @throws dev.cairn.store.RefusedException if its file system is unsafe and that is not allowed;
   *     then nothing was created
   */
  public static FileSystemDirectory create(Path path, FileSystemOptions options)
      throws IOException {
    if (Files.isDirectory(path)) {
      return open(path, options);
    }
    Path absolute = path.toAbsolutePath();
    Path parent = Objects.requireNonNull(absolute.getParent(), "the root is a directory");
    Path name = Objects.requireNonNull(absolute.getFileName(), "the root is a directory");
    return open(parent, options).makeDirectory(name.toString());
  }

  @Override
  public String path() {
    return directory.toString();
  }

  @Override
  public List<String> list() throws IOException {
    checkOpen();
    List<String> names = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
      for (Path entry : entries) {
        names.add(Objects.requireNonNull(entry.getFileName()).toString());
      }
    } catch (DirectoryIteratorException e) {
      throw FileFailures.of(directory, "list", Objects.requireNonNull(e.getCause()));
    }
    names.sort(null);
    return List.copyOf(names);
  }

  @Override
  public boolean exists(String name) throws IOException {
    return attributesIfExists(resolve(name)) != null;
  }

  @Override
  public StoreInput open(String name) throws IOException {
    return FileSystemInput.open(resolve(name));
  }

  @Override
  public StoreOutput create(String name) throws IOException {
    return FileSystemOutput.create(resolve(name));
  }

  @Override
  public StoreOutput reopen(String name) throws IOException {
    return FileSystemOutput.reopen(resolve(name));
  }

  @Override
  public void rename(String from, String to) throws IOException {
    Path source = resolve(from);
    Path target = resolve(to);
    BasicFileAttributes moved = regularFile(source);
    if (from.equals(to)) {
      return;
    }
    try {
      Files.move(source, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (NoSuchFileException | AtomicMoveNotSupportedException e) {
      throw e;
    } catch (IOException e) {
      throw FileFailures.of(source, "rename to " + to, e);
    }
    // rename(2) between two names of one file does nothing, and says that all went well.
    BasicFileAttributes left = attributesIfExists(source);
    if (left != null && Objects.equals(left.fileKey(), moved.fileKey())) {
      Files.delete(source);
    }
  }

  @Override
  public void link(String name, StoreDirectory target, String targetName) throws IOException {
    if (!(target instanceof FileSystemDirectory other)) {
      throw new IllegalArgumentException(target.path() + " is no directory of a file system");
    }
    Path source = resolve(name);
    regularFile(source);
    try {
      Files.createLink(other.resolve(targetName), source);
    } catch (FileAlreadyExistsException | NoSuchFileException e) {
      throw e;
    } catch (IOException e) {
      throw FileFailures.of(source, "link to " + other.resolve(targetName), e);
    }
  }

  @Override
  public void renameDirectory(String from, String to) throws IOException {
    Path source = resolve(from);
    Path target = resolve(to);
    requireDirectory(source);
    if (exists(to)) {
      throw new FileAlreadyExistsException(target.toString());
    }
    try {
      // rename(2) replaces no directory that has entries: who was faster keeps the name.
      Files.move(source, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      if (exists(to)) {
        throw new FileAlreadyExistsException(target.toString());
      }
      throw FileFailures.of(source, "rename to " + to, e);
    }
  }

  @Override
  public void deleteDirectory(String name) throws IOException {
    Path path = resolve(name);
    requireDirectory(path);
    Files.delete(path);
  }

  private static void requireDirectory(Path path) throws IOException {
    if (!attributes(path).isDirectory()) {
      throw new NotDirectoryException(path.toString());
    }
  }

  @Override
  public void delete(String name) throws IOException {
    Path path = resolve(name);
    if (attributes(path).isDirectory()) {
      throw new FileSystemException(path.toString(), null, "delete: is a directory");
    }
    Files.delete(path);
  }

  @Override
  public void sync() throws IOException {
    checkOpen();
    if (syncFailed) {
      throw FileFailures.syncFailedBefore(directory);
    }
    // Linux fsyncs a directory through a descriptor that is open for reading.
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      force(channel);
    } catch (IOException e) {
      throw FileFailures.of(directory, "sync", e);
    }
  }

  /** Where no descriptor could be had nothing was synced, nor lost: that may be tried again. */
  private void force(FileChannel channel) throws IOException {
    try {
      channel.force(true);
    } catch (IOException e) {
      syncFailed = true;
      throw e;
    }
  }

  /**
   * {@inheritDoc}
   *
   * <p>Asks by a shared flock, so that two who ask at once do not take each other for the owner.
   */
  @Override
  public boolean ownerIsAlive(String name) throws IOException {
    try (Descriptor descriptor = Descriptor.open(resolve(name), Libc.O_RDONLY)) {
      return !descriptor.tryFlock(Libc.LOCK_SH);
    }
  }

  @Override
  public StoreLock lock(String name, Duration patience) throws IOException {
    return FileSystemLock.acquire(resolve(name), patience, options.nanoTime());
  }

  @Override
  public FileSystemDirectory makeDirectory(String name) throws IOException {
    Path path = resolve(name);
    try {
      Files.createDirectory(
          path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    } catch (FileAlreadyExistsException e) {
      if (!attributes(path).isDirectory()) {
        throw e;
      }
    }
    // Also if it existed: whoever created it a moment ago may not have come to its sync yet.
    sync();
    return openDirectory(name);
  }

  @Override
  public FileSystemDirectory openDirectory(String name) throws IOException {
    Path path = resolve(name);
    requireDirectory(path);
    FileSystemTypes.check(path, options);
    return new FileSystemDirectory(path, options);
  }

  @Override
  public long usableBytes() throws IOException {
    checkOpen();
    return Files.getFileStore(directory).getUsableSpace();
  }

  @Override
  public void close() {
    closed = true;
  }

  @Override
  public String toString() {
    return path();
  }

  private Path resolve(String name) throws IOException {
    checkOpen();
    return directory.resolve(FileNames.check(name));
  }

  private void checkOpen() throws IOException {
    if (closed) {
      throw FileFailures.closed(directory);
    }
  }

  private static BasicFileAttributes regularFile(Path path) throws IOException {
    BasicFileAttributes attributes = attributes(path);
    if (!attributes.isRegularFile()) {
      throw new FileSystemException(path.toString(), null, "is not a regular file");
    }
    return attributes;
  }

  /**
   * Without an exception, which would cost more than the call: most names are asked for as free.
   */
  private static @Nullable BasicFileAttributes attributesIfExists(Path path) throws IOException {
    return path.getFileSystem()
        .provider()
        .readAttributesIfExists(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
  }

  private static BasicFileAttributes attributes(Path path) throws IOException {
    return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
  }
}
