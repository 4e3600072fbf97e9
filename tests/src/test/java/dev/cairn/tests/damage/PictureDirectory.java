package dev.cairn.tests.damage;

import dev.cairn.store.io.StoreDirectory;
import dev.cairn.store.io.StoreInput;
import dev.cairn.store.io.StoreLock;
import dev.cairn.store.io.StoreOutput;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.ReadOnlyFileSystemException;
import java.time.Duration;
import java.util.List;
import java.util.TreeSet;

/** One directory of a picture, read-only but for locks that are always free. */
final class PictureDirectory implements StoreDirectory {
  private final Picture picture;
  private final String prefix;
  private final Reads reads;

  PictureDirectory(Picture picture, Reads reads) {
    this(picture, "", reads);
  }

  private PictureDirectory(Picture picture, String prefix, Reads reads) {
    this.picture = picture;
    this.prefix = prefix;
    this.reads = reads;
  }

  @Override
  public String path() {
    return "picture/" + prefix;
  }

  @Override
  public List<String> list() {
    TreeSet<String> names = new TreeSet<>();
    for (String path : picture.paths().tailSet(prefix)) {
      if (!path.startsWith(prefix)) {
        break;
      }
      String rest = path.substring(prefix.length());
      names.add(rest.contains("/") ? rest.substring(0, rest.indexOf('/')) : rest);
    }
    return List.copyOf(names);
  }

  private boolean isDirectory(String name) {
    String below = prefix + name + "/";
    String next = picture.paths().ceiling(below);
    return next != null && next.startsWith(below);
  }

  @Override
  public boolean exists(String name) {
    return picture.file(prefix + name).isPresent() || isDirectory(name);
  }

  @Override
  public StoreInput open(String name) throws IOException {
    Contents file =
        picture.file(prefix + name).orElseThrow(() -> new NoSuchFileException(path() + name));
    return new Input(name, file);
  }

  private final class Input implements StoreInput {
    private final String name;
    private final Contents file;

    Input(String name, Contents file) {
      this.name = name;
      this.file = file;
    }

    @Override
    public long length() {
      return file.length();
    }

    @Override
    public int names() {
      return 1;
    }

    @Override
    public void read(long offset, MemorySegment into) throws IOException {
      reads.count(into.byteSize());
      if (offset < 0 || into.byteSize() > file.length() - offset) {
        reads.beyond(name + ": " + into.byteSize() + " bytes at " + offset);
        throw new EOFException(name + ": ends at " + file.length());
      }
      file.read(offset, into);
    }

    @Override
    public void close() {}
  }

  @Override
  public StoreDirectory openDirectory(String name) throws IOException {
    if (isDirectory(name)) {
      return new PictureDirectory(picture, prefix + name + "/", reads);
    }
    if (exists(name)) {
      throw new NotDirectoryException(path() + name);
    }
    throw new NoSuchFileException(path() + name);
  }

  @Override
  public StoreLock lock(String name, Duration patience) {
    return () -> {};
  }

  @Override
  public boolean ownerIsAlive(String name) {
    return false;
  }

  @Override
  public long usableBytes() {
    return 0;
  }

  @Override
  public void close() {}

  @Override
  public StoreOutput create(String name) {
    throw new ReadOnlyFileSystemException();
  }

  @Override
  public StoreOutput reopen(String name) {
    throw new ReadOnlyFileSystemException();
  }

  @Override
  public void rename(String from, String to) {
    throw new ReadOnlyFileSystemException();
  }

  @Override
  public void link(String name, StoreDirectory target, String targetName) {
    throw new ReadOnlyFileSystemException();
  }

  @Override
  public void renameDirectory(String from, String to) {
    throw new ReadOnlyFileSystemException();
  }

  @Override
  public void deleteDirectory(String name) {
    throw new ReadOnlyFileSystemException();
  }

  @Override
  public void delete(String name) {
    throw new ReadOnlyFileSystemException();
  }

  @Override
  public void sync() {
    throw new ReadOnlyFileSystemException();
  }

  @Override
  public StoreDirectory makeDirectory(String name) {
    throw new ReadOnlyFileSystemException();
  }
}
