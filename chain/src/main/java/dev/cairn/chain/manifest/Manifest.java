package dev.cairn.chain.manifest;

import dev.cairn.store.Id;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Which files are the VM, at which points: the value that the name MANIFEST stands for. Immutable.
 * Grammar and rules: chain/FORMAT.md, Manifest.
 *
 * @param identity which chain this is
 * @param generation grows by one with each commit
 * @param next number of the next checkpoint
 * @param tip the newest checkpoint; empty in an empty chain
 * @param blocks names of RAM blocks by ordinal
 * @param files the base, then layers from old to new, then data
 * @param marks what users and retention said of points
 * @param ingested bytes that checkpoints brought, ever
 * @param written bytes of files written, ever
 * @param optional lines of a later Cairn that need not be understood; carried along as they are
 */
public record Manifest(
    Identity identity,
    long generation,
    long next,
    Optional<Tip> tip,
    List<String> blocks,
    List<FileEntry> files,
    Marks marks,
    long ingested,
    long written,
    List<String> optional) {

  /**
   * What never changes in a chain. Immutable.
   *
   * @param chain its id
   * @param origin the point that it was forked from
   * @param pageSize bytes
   */
  public record Identity(Id chain, Optional<Origin> origin, int pageSize) {}

  /**
   * Where a fork comes from. Immutable.
   *
   * @param chain the other chain
   * @param checkpoint the point's checkpoint id
   */
  public record Origin(Id chain, Id checkpoint) {}

  /**
   * The newest checkpoint. Immutable.
   *
   * @param number of the checkpoint
   * @param id its checkpoint id
   */
  public record Tip(long number, Id id) {}

  /**
   * What was said of points after they were made. Immutable.
   *
   * @param forgotten numbers that layers list but that are not retained
   * @param labels in place of those in the layers; empty string: none
   * @param pins points that retention keeps
   * @param holds durable snapshots
   * @param dropped files that only holds need
   */
  public record Marks(
      PointSet forgotten,
      SortedMap<Long, String> labels,
      SortedSet<Long> pins,
      List<Hold> holds,
      List<Dropped> dropped) {
    public static final Marks NONE =
        new Marks(PointSet.EMPTY, new TreeMap<>(), new TreeSet<>(), List.of(), List.of());

    public Marks {
      labels = Collections.unmodifiableSortedMap(new TreeMap<>(labels));
      pins = Collections.unmodifiableSortedSet(new TreeSet<>(pins));
      holds = List.copyOf(holds);
      dropped = List.copyOf(dropped);
    }
  }

  public Manifest {
    blocks = List.copyOf(blocks);
    files = List.copyOf(files);
    optional = List.copyOf(optional);
  }

  /** A manifest without optional lines: one that is not made of another. */
  public Manifest(
      Identity identity,
      long generation,
      long next,
      Optional<Tip> tip,
      List<String> blocks,
      List<FileEntry> files,
      Marks marks,
      long ingested,
      long written) {
    this(identity, generation, next, tip, blocks, files, marks, ingested, written, List.of());
  }

  /** Returns the manifest of a new, empty chain. */
  public static Manifest empty(Id chain, int pageSize) {
    return new Manifest(
        new Identity(chain, Optional.empty(), pageSize),
        0,
        0,
        Optional.empty(),
        List.of(),
        List.of(),
        Marks.NONE,
        0,
        0);
  }

  public int pageSize() {
    return identity.pageSize();
  }

  /** Returns the files of a role, in the manifest's order. */
  public List<FileEntry> files(FileEntry.Role role) {
    return files.stream().filter(f -> f.role() == role).toList();
  }

  /** Returns the base and the layers, from old to new: the files whose indexes lookups ask. */
  public List<FileEntry> indexes() {
    return files.stream().filter(f -> f.role() != FileEntry.Role.DATA).toList();
  }

  public Optional<FileEntry> base() {
    boolean there = !files.isEmpty() && files.getFirst().role() == FileEntry.Role.BASE;
    return there ? Optional.of(files.getFirst()) : Optional.empty();
  }

  public List<FileEntry> layers() {
    return files(FileEntry.Role.LAYER);
  }

  /** Tells whether a checkpoint that is in an index's POINTS is a restore point. */
  public boolean isRetained(FileEntry index, long checkpoint) {
    return covers(index, checkpoint) && !marks.forgotten().contains(checkpoint);
  }

  /** Tells whether what an index says of a checkpoint counts: the cap and the base decide. */
  public boolean covers(FileEntry index, long checkpoint) {
    boolean swallowed =
        index.role() == FileEntry.Role.LAYER && checkpoint <= base().orElseThrow().through();
    return checkpoint >= index.name().first() && checkpoint <= index.through() && !swallowed;
  }

  /** Returns the file of that id. */
  public Optional<FileEntry> file(long fileId) {
    for (FileEntry file : files) { // of each file for each commit: a stream's price would show
      if (file.fileId() == fileId) {
        return Optional.of(file);
      }
    }
    return Optional.empty();
  }

  /** Returns the hold of that token. */
  public Optional<Hold> hold(String token) {
    return marks.holds().stream().filter(h -> h.token().equals(token)).findFirst();
  }

  /** Returns a file that a hold keeps, be it live or dropped. */
  public Optional<FileEntry> heldFile(Hold hold, long fileId) {
    return file(fileId)
        .filter(entry -> entry.born() <= hold.generation())
        .or(
            () ->
                marks.dropped().stream()
                    .filter(d -> d.name().fileId() == fileId && d.isHeldBy(hold))
                    .map(Dropped::file)
                    .findFirst());
  }

  /** Returns the manifest with other files, in the order of roles that the format asks for. */
  public Manifest withFiles(List<FileEntry> newFiles) {
    List<FileEntry> ordered = new ArrayList<>();
    for (FileEntry.Role role : FileEntry.Role.values()) {
      newFiles.stream().filter(f -> f.role() == role).forEach(ordered::add);
    }
    return new Manifest(
        identity, generation, next, tip, blocks, ordered, marks, ingested, written, optional);
  }

  /** Returns the manifest as another generation. */
  public Manifest withGeneration(long newGeneration) {
    return new Manifest(
        identity, newGeneration, next, tip, blocks, files, marks, ingested, written, optional);
  }

  /** Returns the manifest with another number for the next checkpoint. */
  public Manifest withNext(long newNext) {
    return new Manifest(
        identity, generation, newNext, tip, blocks, files, marks, ingested, written, optional);
  }

  /** Returns the manifest with another count of bytes written, ever. */
  public Manifest withWritten(long newWritten) {
    return new Manifest(
        identity, generation, next, tip, blocks, files, marks, ingested, newWritten, optional);
  }

  /** Returns the manifest with other optional lines. */
  public Manifest withOptional(List<String> newOptional) {
    return new Manifest(
        identity, generation, next, tip, blocks, files, marks, ingested, written, newOptional);
  }

  /** Returns the manifest with other marks. */
  public Manifest withMarks(Marks newMarks) {
    return new Manifest(
        identity, generation, next, tip, blocks, files, newMarks, ingested, written, optional);
  }
}
