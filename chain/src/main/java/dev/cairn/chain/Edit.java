package dev.cairn.chain;

import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.chain.manifest.Manifest;
import dev.cairn.chain.manifest.PointSet;
import dev.cairn.chain.retention.RetentionPolicy;
import dev.cairn.store.Id;
import dev.cairn.store.file.FileName;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** One change of a manifest. Immutable. How each is checked and applied: {@link ManifestEditor}. */
public sealed interface Edit {
  /**
   * Puts a new checkpoint on top.
   *
   * @param file the layer, or the first base
   * @param parent checkpoint id of the tip that it was made over; empty for the first
   * @param blocks names of RAM blocks that the block table lacks, in the order of their ordinals
   * @param drawn other files that it draws upon
   * @param ingestedBytes bytes of pages and device state that it brought
   * @param writtenBytes of the file, without holes
   */
  record Append(
      FileEntry file,
      Optional<Id> parent,
      List<String> blocks,
      List<FileName> drawn,
      long ingestedBytes,
      long writtenBytes)
      implements Edit {}

  /**
   * Puts rewritten index files in the place of others, and page files beside them.
   *
   * @param replacements each for a run of neighbouring index files
   * @param pages new page files
   * @param drawn all files that the new index files draw upon
   */
  record Replace(List<Replacement> replacements, List<FileEntry> pages, List<FileName> drawn)
      implements Edit {}

  /**
   * One new index file for a run of old ones.
   *
   * @param removed lines of the manifest, from old to new, neighbours there
   * @param added what takes their place; empty if nothing is left of them
   * @param folded points whose edited labels and forgotten marks the new file has taken in
   */
  record Replacement(List<FileEntry> removed, Optional<FileEntry> added, Optional<Folded> folded) {}

  /**
   * Puts a new base image, of a later point, in the place of the base. Layers that end at or below
   * it go with the old one.
   *
   * @param replaced the line of the base as it was
   * @param added the new base, of a point that is retained or was so lately
   * @param folded what the new base took over from manifest lines
   * @param writtenBytes of the file, without holes
   */
  record MoveBase(FileEntry replaced, FileEntry added, Folded folded, long writtenBytes)
      implements Edit {}

  /**
   * Goes back to what is intact.
   *
   * @param generation of the manifest that was examined
   * @param tip the newest intact point
   * @param files base, layers and data up to it
   * @param damaged points below that are not intact
   * @param tainted files with damage in them: no hold keeps them any more
   */
  record Repair(
      long generation,
      Manifest.Tip tip,
      List<FileEntry> files,
      PointSet damaged,
      Set<FileName> tainted)
      implements Edit {}

  /**
   * Leaves numbers of checkpoints to others.
   *
   * @param generation of the manifest that was looked at
   * @param next no checkpoint below is made here any more
   */
  record Reserve(long generation, long next) implements Edit {}

  /**
   * Becomes a newer state of the same chain, copied from elsewhere.
   *
   * @param generation of the manifest that was compared
   * @param newer the state, whose files are here or come with this commit
   */
  record Forward(long generation, Manifest newer) implements Edit {}

  /**
   * What a rewrite took over from manifest lines into a layer's POINTS.
   *
   * @param from first checkpoint of the rewritten range
   * @param to last checkpoint of it
   * @param listed points that the new file lists
   * @param labels of these as the new file has them
   */
  record Folded(long from, long to, Set<Long> listed, Map<Long, String> labels) {}

  /** Lets points go. Those that are not retained are passed over; the tip, pins and holds stay. */
  record Forget(PointSet points) implements Edit {}

  /** Lets those points go that a policy does not keep, by what is known when it is applied. */
  record Retain(RetentionPolicy policy) implements Edit {}

  /** Gives a retained point another label; the empty one takes it away. */
  record Label(long point, String label) implements Edit {}

  /** Protects a retained point from retention, or ends that. */
  record Pin(long point, boolean pinned) implements Edit {}

  /** Takes a durable snapshot of a retained point. */
  record TakeHold(String token, long point, String owner) implements Edit {}

  /** Writes down that a hold is still used: its time, and nothing else, becomes that of now. */
  record TouchHold(String token) implements Edit {}

  /** Lets a hold go. */
  record ReleaseHold(String token) implements Edit {}
}
