package dev.cairn.chain.manifest;

import dev.cairn.store.Id;
import dev.cairn.store.file.FileKind;
import dev.cairn.store.file.FileName;
import dev.cairn.store.file.SealedFile;

/**
 * A live file of a chain, as its manifest names it. Immutable.
 *
 * @param role what it is for now
 * @param name its name
 * @param through versions above this checkpoint do not exist for this chain
 * @param throughId checkpoint id of {@code through}; {@link Id#NONE} for data
 * @param born the first generation that named it, whatever its role was then
 * @param length bytes
 * @param sha SHA-256 of header and metadata, unpadded base64url
 */
public record FileEntry(
    Role role, FileName name, long through, Id throughId, long born, long length, String sha) {

  /** What a file is for. */
  public enum Role {
    /** The fixed-ram image below all layers. */
    BASE("base"),
    /** An index that lookups ask. */
    LAYER("layer"),
    /** Only frames in it are drawn upon. */
    DATA("data");

    private final String word;

    Role(String word) {
      this.word = word;
    }

    /** Returns its word in a manifest. */
    public String word() {
      return word;
    }
  }

  public FileEntry {
    boolean kindFits =
        switch (role) {
          case BASE -> name.kind() == FileKind.BASE;
          case LAYER -> name.kind() == FileKind.LAYER;
          case DATA -> true;
        };
    if (!kindFits || through < name.first() || through > name.last() || born < 0 || length < 0) {
      throw new IllegalArgumentException(role + " " + name + " through " + through);
    }
  }

  /** Names a file that was just written, to be used as an index. */
  public static FileEntry index(SealedFile file) {
    FileName name = file.header().name();
    Role role = name.kind() == FileKind.BASE ? Role.BASE : Role.LAYER;
    return new FileEntry(
        role, name, name.last(), file.header().lastId(), 0, file.length(), file.sha());
  }

  /** Names a file that was just written, to be drawn upon. */
  public static FileEntry data(SealedFile file) {
    FileName name = file.header().name();
    return new FileEntry(Role.DATA, name, name.last(), Id.NONE, 0, file.length(), file.sha());
  }

  /** Returns the same file, only drawn upon from now on. */
  public FileEntry asData() {
    return new FileEntry(Role.DATA, name, name.last(), Id.NONE, born, length, sha);
  }

  /** Returns the same file with a cap. */
  public FileEntry capped(long newThrough, Id newThroughId) {
    return new FileEntry(role, name, newThrough, newThroughId, born, length, sha);
  }

  /** Returns the same file as the first generation to name it says it. */
  public FileEntry bornAt(long generation) {
    return new FileEntry(role, name, through, throughId, generation, length, sha);
  }

  public long fileId() {
    return name.fileId();
  }
}
