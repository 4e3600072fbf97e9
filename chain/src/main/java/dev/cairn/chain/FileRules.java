package dev.cairn.chain;

import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.chain.manifest.Manifest;
import dev.cairn.store.CorruptFileException;
import dev.cairn.store.Id;
import dev.cairn.store.file.FileHeader;
import dev.cairn.store.file.OpenFile;
import java.io.IOException;

/** What a file must be to be the one that a manifest names. Pure. */
final class FileRules {
  private FileRules() {}

  /** Compares what was read when the file was opened. */
  static void check(Manifest manifest, FileEntry entry, OpenFile file) throws CorruptFileException {
    FileHeader header = file.header();
    if (file.length() != entry.length()) {
      throw new CorruptFileException(file.name(), "length", 0, entry.length(), file.length());
    }
    if (header.pageSize() != manifest.pageSize()) {
      throw new CorruptFileException(
          file.name(), "page size", 0, manifest.pageSize(), header.pageSize());
    }
    boolean whole = entry.role() != FileEntry.Role.DATA && entry.through() == entry.name().last();
    if (whole && !header.lastId().equals(entry.throughId())) {
      throw new CorruptFileException(
          file.name(), "checkpoint id", 0, entry.throughId(), header.lastId());
    }
  }

  /**
   * Compares an index's parent with the point below it. Where the base has moved into a layer, the
   * layer's parent is gone.
   */
  static void checkParent(FileEntry below, OpenFile file) throws CorruptFileException {
    boolean overlapsBase =
        below.role() == FileEntry.Role.BASE && file.header().name().first() <= below.through();
    Id parent = file.header().parentId();
    if (!overlapsBase && !parent.equals(below.throughId())) {
      throw new CorruptFileException(file.name(), "parent", 0, below.throughId(), parent);
    }
  }

  /** Reads all metadata and compares their SHA-256. */
  static void checkMetadata(FileEntry entry, OpenFile file) throws IOException {
    String sha = file.metadataSha();
    if (!sha.equals(entry.sha())) {
      throw new CorruptFileException(
          file.name(), "SHA-256 of metadata", file.metadataOffset(), entry.sha(), sha);
    }
  }
}
