package dev.cairn.merge;

import dev.cairn.store.file.Address;
import dev.cairn.store.file.FileName;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The frames of files that are being packed, in the order of files and offsets, and where each lies
 * in the new file: 20 bytes a frame. Filled in three steps: {@link #add}, {@link #sort}, {@link
 * #put}. Not thread-safe while it is filled.
 */
final class FrameMap {
  /** No file is packed. */
  static final FrameMap NONE = new FrameMap(List.of());

  private final long[] fileIds;
  private long[] keys = new long[1024];
  private long[] offsets = new long[0];
  private int size;
  private Optional<FileName> target = Optional.empty();

  /**
   * @param files ids of those whose frames move
   */
  FrameMap(List<Long> files) {
    fileIds = files.stream().mapToLong(Long::longValue).toArray();
  }

  /** Tells whether a file's frames move. */
  boolean has(long fileId) {
    return indexOf(fileId) >= 0;
  }

  private int indexOf(long fileId) {
    for (int i = 0; i < fileIds.length; i++) {
      if (fileIds[i] == fileId) {
        return i;
      }
    }
    return -1;
  }

  private long key(long fileId, long address) {
    return (long) indexOf(fileId) << 36 | Address.offset(address) / Address.STEP;
  }

  /** Adds a frame that some index keeps; it may be added twice. */
  void add(long fileId, long address) {
    if (size == keys.length) {
      keys = Arrays.copyOf(keys, size * 2);
    }
    keys[size++] = key(fileId, address);
  }

  /** Puts all frames in order, each once. */
  void sort() {
    Arrays.sort(keys, 0, size);
    int distinct = 0;
    for (int i = 0; i < size; i++) {
      if (i == 0 || keys[i] != keys[i - 1]) {
        keys[distinct++] = keys[i];
      }
    }
    size = distinct;
    keys = Arrays.copyOf(keys, size);
    offsets = new long[size];
  }

  int size() {
    return size;
  }

  /** Returns the number of a frame, or a negative one if it was not added. */
  int find(long fileId, long address) {
    return Arrays.binarySearch(keys, key(fileId, address));
  }

  /** Says where a frame lies now. */
  void put(int frame, long offset) {
    offsets[frame] = offset;
  }

  void setTarget(FileName name) {
    target = Optional.of(name);
  }

  /** Returns the file that the frames lie in now. */
  FileName target() {
    return target.orElseThrow(() -> new IllegalStateException("nothing was copied"));
  }

  /** Returns the same frame's address in the new file, by ordinal 0. */
  long moved(int frame, long address) {
    return Address.at(address, offsets[frame]);
  }
}
