package dev.cairn.tools.capture;

import dev.cairn.tools.linux.SparseFile;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * How much of its disk a store may take, and how much it takes. Immutable; each call looks anew.
 *
 * @param store its directory
 * @param reserveBytes that stay free on its file system; 0 for none
 * @param mostBytes that the store may take; 0 for no limit
 */
public record StoreRoom(Path store, long reserveBytes, long mostBytes) {
  /** Returns what is free on the file system for whoever is not root. */
  public long freeBytes() throws IOException {
    return Files.getFileStore(store).getUsableSpace();
  }

  /** Returns what the store's files take on the disk; a file that forks share counts once. */
  public long usedBytes() throws IOException {
    Tally tally = new Tally();
    Files.walkFileTree(store, tally);
    return tally.bytes;
  }

  /** Returns why no point may be taken now, and what to do; empty if one may. */
  public Optional<String> full() throws IOException {
    if (reserveBytes > 0) {
      long free = freeBytes();
      if (free < reserveBytes) {
        return Optional.of(text("the disk has %s free, --reserve is %s", free, reserveBytes));
      }
    }
    if (mostBytes > 0) {
      long used = usedBytes();
      if (used > mostBytes) {
        return Optional.of(text("the store takes %s, --max-store-size is %s", used, mostBytes));
      }
    }
    return Optional.empty();
  }

  private static String text(String what, long is, long limit) {
    return String.format(Locale.ROOT, what, mebibytes(is), mebibytes(limit))
        + ": make room, or let points go by cairn forget and cairn merge";
  }

  private static String mebibytes(long bytes) {
    return String.format(Locale.ROOT, "%.1f MiB", bytes / 1048576.0);
  }

  /** Adds up. What is gone while it looks takes nothing. */
  private static final class Tally extends SimpleFileVisitor<Path> {
    private final Set<Object> seen = new HashSet<>();
    private long bytes;

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
      Object key = attributes.fileKey();
      if (attributes.isRegularFile() && (key == null || seen.add(key))) {
        try (SparseFile open = SparseFile.open(file)) {
          bytes += open.allocatedBytes();
        } catch (NoSuchFileException _) {
          // It takes nothing.
        }
      }
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFileFailed(Path file, IOException failure) throws IOException {
      if (failure instanceof NoSuchFileException) {
        return FileVisitResult.CONTINUE;
      }
      throw failure;
    }
  }
}
