package dev.cairn.tools.bench;

import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.store.file.OpenFile;
import java.util.HashSet;
import java.util.Set;

/** Adds up the page data in a chain's files, without their indexes and points. Not thread-safe. */
final class PageData {
  private final Set<Long> seen = new HashSet<>();
  private long writtenBytes;

  /** Takes note of the files of a moment, and returns the page data in them, bytes. */
  long look(ChainSnapshot snapshot) {
    long stored = 0;
    for (FileEntry entry : snapshot.manifest().files()) {
      long body = body(entry, snapshot.file(entry));
      stored += body;
      if (seen.add(entry.fileId())) {
        writtenBytes += body;
      }
    }
    return stored;
  }

  /** A base image has its pages at their places, and holes between. */
  private static long body(FileEntry entry, OpenFile file) {
    return entry.role() == FileEntry.Role.BASE
        ? file.files().getFirst().drawnBytes()
        : file.metadataOffset();
  }

  /** Returns the page data of all files that were there at some look, bytes. */
  long writtenBytes() {
    return writtenBytes;
  }
}
