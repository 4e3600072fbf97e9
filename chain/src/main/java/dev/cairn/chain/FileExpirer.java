package dev.cairn.chain;

import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.chain.manifest.Manifest;
import dev.cairn.store.StoreException;
import dev.cairn.store.file.FileHeader;
import dev.cairn.store.file.FileName;
import dev.cairn.store.io.StoreDirectory;
import dev.cairn.store.io.StoreInput;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Deletes files of a chain, only while LOCK is held; but for those who write a file and take it
 * away unfinished nobody else does.
 */
final class FileExpirer {
  /**
   * What a sweep did and saw. Immutable.
   *
   * @param deleted names
   * @param beyond a file by which somebody put an older manifest back
   */
  record Swept(List<String> deleted, Optional<String> beyond) {}

  /** Knows of a newer manifest than the one that is swept by. */
  @FunctionalInterface
  interface Rollback {
    boolean isKnown() throws IOException;
  }

  private final StoreDirectory directory;

  FileExpirer(StoreDirectory directory) {
    this.directory = directory;
  }

  /** Deletes what {@code head} named or held and {@code next}, now durable, does not. */
  void expire(Manifest head, Manifest next) throws IOException {
    Set<String> kept = named(next);
    for (String name : named(head)) {
      if (!kept.contains(name) && directory.exists(name)) {
        directory.delete(name);
      }
    }
  }

  /**
   * Deletes everything that no living writer owns and the manifest does not name. The manifest may
   * have been published by a process that died before it was durable: it is made so first, lest a
   * power cut brings back an older one that names what was deleted. Where a file of the manifest is
   * missing, or one is beyond it, somebody put an older manifest back: then what it does not name
   * may be all that there is of a newer state, and stays.
   *
   * @param spareIsNewer is asked before a file is deleted that the manifest does not name
   */
  Swept sweep(Manifest manifest, Rollback spareIsNewer) throws IOException {
    Set<String> kept = named(manifest);
    List<String> names = directory.list();
    List<String> swept = new ArrayList<>();
    List<String> unnamed = new ArrayList<>();
    Optional<String> beyond = Optional.empty();
    for (String name : names) {
      if (name.endsWith(".tmp") && isAbandoned(name)) {
        swept.add(name);
      } else if (!kept.contains(name) && FileName.parse(name).isPresent()) {
        unnamed.add(name);
        beyond = isBeyond(name, manifest) ? Optional.of(name) : beyond;
      }
    }
    if (beyond.isEmpty() && !unnamed.isEmpty() && spareIsNewer.isKnown()) {
      beyond = Optional.of(unnamed.getFirst());
    }
    if (beyond.isEmpty() && new HashSet<>(names).containsAll(kept)) {
      swept.addAll(unnamed);
    }
    if (!swept.isEmpty()) {
      directory.sync();
    }
    for (String name : swept) {
      try {
        directory.delete(name);
      } catch (NoSuchFileException e) {
        // Its writer took it away himself: that needs no lock.
      }
    }
    return new Swept(swept, beyond);
  }

  private boolean isAbandoned(String name) throws IOException {
    try {
      return !directory.ownerIsAlive(name);
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  /**
   * Tells whether a file that the manifest does not name was written by this very chain at a
   * checkpoint above its next one. A fork's capped files may also have such numbers, but those were
   * written by its source.
   */
  boolean isBeyond(String name, Manifest manifest) throws IOException {
    Optional<FileName> file = FileName.parse(name);
    if (file.isEmpty() || file.get().last() <= manifest.next() || named(manifest).contains(name)) {
      return false;
    }
    MemorySegment header = MemorySegment.ofArray(new byte[FileHeader.LENGTH]);
    try (StoreInput in = directory.open(name)) {
      in.read(0, header);
      return FileHeader.decode(name, header).chainId().equals(manifest.identity().chain());
    } catch (NoSuchFileException e) {
      return false;
    } catch (StoreException | EOFException e) {
      return true; // who wrote it cannot be told
    }
  }

  /** Returns the names of all files that a manifest needs. */
  static Set<String> named(Manifest manifest) {
    Set<String> names = new HashSet<>();
    for (FileEntry entry : manifest.files()) {
      names.add(entry.name().text());
    }
    manifest.marks().dropped().forEach(d -> names.add(d.name().text()));
    return names;
  }
}
