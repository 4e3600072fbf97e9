package dev.cairn.chain;

import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.store.BadInputException;
import dev.cairn.store.CorruptFileException;
import dev.cairn.store.file.BlockSums;
import dev.cairn.store.file.FileHeader;
import dev.cairn.store.file.OpenFile;
import dev.cairn.store.io.StoreDirectory;
import dev.cairn.store.io.StoreInput;
import dev.cairn.store.io.StoreOutput;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Owns one file that is being received: its ends first, then its metadata, then the MiB blocks of
 * its body, each written at its own offset when its checksum holds. Who sent what does not matter:
 * the file certifies itself. Thread-safe.
 */
public final class IncomingFile implements Closeable {
  /**
   * Bytes of the file that are wanted. Immutable.
   *
   * @param offset bytes
   * @param length bytes; at most {@link BlockSums#BLOCK}
   */
  public record Range(long offset, int length) {}

  /** More than are ever asked for at once. */
  private static final int MOST_RANGES = 4096;

  private final StoreDirectory directory;
  private final FileEntry entry;

  // All of these are guarded by this.
  private @Nullable StoreOutput out;
  private boolean whole;
  private @Nullable OpenFile open;

  private final IncomingBlocks blocks = new IncomingBlocks();
  private long metadataFrom = -1;
  private long metadataBytes;
  private final BitSet metadataHere = new BitSet();

  private IncomingFile(StoreDirectory directory, FileEntry entry) {
    this.directory = directory;
    this.entry = entry;
  }

  /** Opens what is there of a file. Each block that an earlier process has left is checked. */
  static IncomingFile open(StoreDirectory directory, FileEntry entry) throws IOException {
    IncomingFile file = new IncomingFile(directory, entry);
    boolean done = false;
    try {
      file.load();
      done = true;
      return file;
    } finally {
      if (!done) {
        file.close();
      }
    }
  }

  static String partName(FileEntry entry) {
    return entry.name().text() + ".part";
  }

  private synchronized void load() throws IOException {
    if (directory.exists(entry.name().text())) {
      whole = true;
      return;
    }
    try {
      out = directory.reopen(partName(entry));
    } catch (NoSuchFileException e) {
      out = directory.create(partName(entry));
      return;
    }
    try {
      openMetadata();
      checkBlocks();
    } catch (CorruptFileException | EOFException e) {
      startOver(); // torn, or of a source that lied: nothing in it is believed
    }
  }

  /** What a crash has left is believed block by block, and nothing else of it. */
  private void checkBlocks() throws IOException {
    OpenFile file = requireOpen();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment block = arena.allocate(BlockSums.BLOCK, 8);
      for (Map.Entry<Integer, Integer> sum : blocks.sums().entrySet()) {
        try {
          file.readBlock(sum.getKey(), sum.getValue(), block);
          blocks.put(sum.getKey());
        } catch (CorruptFileException e) {
          // A hole or torn: it is missing.
        }
      }
    }
  }

  private void startOver() throws IOException {
    closeOpen();
    StoreOutput old = out;
    out = null;
    try {
      directory.delete(partName(entry));
    } finally {
      if (old != null) {
        old.close();
      }
    }
    blocks.clear();
    metadataHere.clear();
    metadataFrom = -1;
    metadataBytes = 0;
    out = directory.create(partName(entry));
  }

  /** Returns what the state to come says of the file. */
  public FileEntry entry() {
    return entry;
  }

  /** Tells whether it is what an entry names, whatever the entry says of it beside. */
  boolean isOf(FileEntry other) {
    return entry.name().equals(other.name())
        && entry.length() == other.length()
        && entry.sha().equals(other.sha());
  }

  /** Tells whether all of it is here, durably. */
  public synchronized boolean isWhole() {
    return whole;
  }

  /** Tells whether header and metadata are here, and are those that the state to come names. */
  public synchronized boolean hasMetadata() {
    return whole || open != null;
  }

  /** Returns how many bytes of the body and the metadata are here and certified. */
  public synchronized long certifiedBytes() {
    return whole ? wantedBytes() : metadataBytes + blocks.bytesHere();
  }

  /** Returns how many bytes are to come in all; a bound as long as the metadata are missing. */
  public synchronized long wantedBytes() {
    if (open == null) {
      return entry.length();
    }
    return metadataBytes + blocks.bytesDue();
  }

  /**
   * Returns what to ask for next of header and metadata: the first that are missing; empty if all
   * of it is here.
   */
  public synchronized List<Range> missingMetadata() {
    if (hasMetadata()) {
      return List.of();
    }
    List<Range> missing = new ArrayList<>();
    if (metadataFrom < 0) {
      missing.add(new Range(0, FileHeader.LENGTH));
      missing.add(new Range(entry.length() - OpenFile.FOOTER_BYTES, OpenFile.FOOTER_BYTES));
      return missing;
    }
    long end = entry.length() - OpenFile.FOOTER_BYTES;
    int piece = 0;
    for (long at = metadataFrom; at < end && missing.size() < MOST_RANGES; at += BlockSums.BLOCK) {
      if (!metadataHere.get(piece++)) {
        missing.add(new Range(at, (int) Math.min(BlockSums.BLOCK, end - at)));
      }
    }
    return missing;
  }

  /**
   * Takes bytes that {@link #missingMetadata} named.
   *
   * @throws CorruptFileException if the metadata are wrong; then all of them are missing again
   */
  public synchronized void putMetadata(Range range, MemorySegment bytes) throws IOException {
    if (!missingMetadata().contains(range)) {
      return; // a late answer
    }
    requireOut().write(range.offset(), bytes);
    try {
      if (metadataFrom >= 0) {
        metadataHere.set((int) ((range.offset() - metadataFrom) / BlockSums.BLOCK));
      } else if (range.offset() == 0) {
        metadataHere.set(0);
      } else {
        metadataHere.set(1);
      }
      if (metadataFrom < 0 && metadataHere.cardinality() == 2) {
        findMetadata();
      }
      if (metadataFrom >= 0 && missingMetadata().isEmpty()) {
        openMetadata();
      }
    } catch (CorruptFileException | EOFException e) {
      startOver();
      throw e;
    }
  }

  /**
   * The footer says where the metadata begin; it is believed within the file's length, and as long
   * as there is room for what it says: the metadata certify themselves only when all are here.
   *
   * @throws BadInputException if there is not
   */
  private void findMetadata() throws IOException {
    long from;
    try (StoreInput in = directory.open(partName(entry))) {
      from = OpenFile.metadataOffset(entry.name(), in);
    }
    long room = directory.usableBytes();
    if (entry.length() - from > room) {
      throw new BadInputException(
          entry.name()
              + ": expected metadata that there is room for, "
              + room
              + " bytes, found "
              + (entry.length() - from)
              + " to come");
    }
    metadataFrom = from;
    metadataHere.clear();
  }

  /** Checks all metadata, and takes the checksums of the body from them. */
  private void openMetadata() throws IOException {
    StoreInput in = directory.open(partName(entry));
    OpenFile file = OpenFile.openData(entry.name(), in);
    boolean done = false;
    try {
      if (file.length() != entry.length()) {
        throw new CorruptFileException(file.name(), "length", 0, entry.length(), file.length());
      }
      FileRules.checkMetadata(entry, file);
      file.loadIndex();
      blocks.begin(file);
      done = true;
    } finally {
      if (!done) {
        blocks.clear();
        file.close();
      }
    }
    metadataFrom = file.metadataOffset();
    metadataBytes = FileHeader.LENGTH + entry.length() - metadataFrom;
    open = file;
  }

  /** Returns the file as far as it is here: metadata are right, a block may be a hole. */
  synchronized OpenFile file() throws IOException {
    if (whole && open == null) {
      open = OpenFile.openData(entry.name(), directory.open(entry.name().text()));
    }
    return requireOpen();
  }

  /** Opens the bytes as far as they are here. */
  synchronized StoreInput input() throws IOException {
    return directory.open(whole ? entry.name().text() : partName(entry));
  }

  /**
   * Returns the first block from a number on that is missing, or -1. Blocks of zeros never are.
   * Asked for only when the metadata are here.
   */
  public synchronized long nextMissing(long from) {
    return whole ? -1 : blocks.nextMissing(from);
  }

  /** Tells whether a block is to come and is not here; one that there is not never is. */
  public synchronized boolean isMissing(long block) {
    return !whole && blocks.isMissing(block);
  }

  /** Tells whether bytes of the body are here and certified. */
  public synchronized boolean has(long offset, long length) {
    return whole || (open != null && blocks.has(offset, length));
  }

  /** Returns where a block lies. */
  public synchronized Range range(long block) {
    return blocks.range(block);
  }

  /**
   * Takes a block of the body.
   *
   * @throws CorruptFileException if its checksum does not hold; nothing was written
   */
  public void putBlock(long block, MemorySegment bytes) throws IOException {
    StoreOutput to;
    synchronized (this) {
      if (whole || blocks.isHere(block)) {
        return; // a late answer
      }
      requireOpen().requireBlock(block, requireSum(block), bytes);
      to = requireOut();
    }
    to.write(block * BlockSums.BLOCK, bytes);
    synchronized (this) {
      blocks.put(block);
    }
  }

  private int requireSum(long block) {
    Integer sum = blocks.sums().get((int) block);
    if (sum == null) {
      throw new IllegalArgumentException(entry.name() + " has nothing in block " + block);
    }
    return sum;
  }

  /** Makes a file of which nothing is missing durable, and gives it its name. */
  public synchronized void seal() throws IOException {
    if (whole) {
      return;
    }
    if (!hasMetadata() || nextMissing(0) >= 0) {
      throw new IllegalStateException(entry.name() + " is not here yet");
    }
    StoreOutput done = requireOut();
    done.sync();
    directory.rename(partName(entry), entry.name().text());
    directory.sync();
    out = null;
    whole = true;
    done.close();
  }

  private StoreOutput requireOut() {
    if (out == null) {
      throw new IllegalStateException(entry.name() + " is not being written");
    }
    return out;
  }

  private OpenFile requireOpen() {
    if (open == null) {
      throw new IllegalStateException(entry.name() + ": its metadata are not here yet");
    }
    return open;
  }

  private void closeOpen() throws IOException {
    OpenFile file = open;
    open = null;
    if (file != null) {
      file.close();
    }
  }

  @Override
  public synchronized void close() throws IOException {
    try {
      closeOpen();
    } finally {
      StoreOutput left = out;
      out = null;
      if (left != null) {
        left.close();
      }
    }
  }
}
