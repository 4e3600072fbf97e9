package dev.cairn.merge;

import dev.cairn.merge.policy.PackPolicy;
import dev.cairn.store.file.Address;
import dev.cairn.store.file.FileHeader;
import dev.cairn.store.file.FileName;
import java.io.Closeable;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The frames of files that are being packed, in the order of files and offsets, and where each lies
 * in the new file. What one pack cannot take stays where it is: the map is as large as {@link Most}
 * says, 12 bytes a frame, outside the heap; 14 where frames are encoded anew, and so become others.
 * Filled step by step: {@link #count} all frames, {@link #cut}, {@link #add} them, {@link #sort},
 * {@link #check} them, {@link #walk}. Not thread-safe.
 */
final class FrameMap implements Closeable {
  /**
   * What one pack takes, to the nearest range of so many bytes of a file. Immutable.
   *
   * @param frames at most, unless the first range has more
   * @param bytes of these at most, likewise
   * @param rangeShift log2 of a range's bytes
   */
  record Most(int frames, long bytes, int rangeShift) {
    /** By ranges of 64 MiB: at most 60 MiB of memory. */
    static final Most DEFAULT = new Most(PackPolicy.MOST_FRAMES, PackPolicy.MOST_BYTES, 26);

    /** The same, where a frame takes 14 bytes in place of 12. */
    static final Most ENCODING =
        new Most(PackPolicy.MOST_FRAMES / 7 * 6, PackPolicy.MOST_BYTES, 26);
  }

  private static final int CHUNK_FRAMES = 1 << 20;
  private static final int MOST_FILES = 1 << 14;
  private static final int FILE_SHIFT = 49;
  private static final int STEP_SHIFT = 13;
  private static final int LENGTH_SHIFT = 3;
  private static final int SHAPE_SHIFT = 10;

  /**
   * Some frames in ascending order; a value is the page's CRC, later the new offset ÷ 64. Shapes
   * are empty where frames stay as they are; else a shape is the new kind << 10 | the new length ÷
   * 64, and 0 until the frame was copied.
   */
  private record Chunk(MemorySegment keys, MemorySegment values, MemorySegment shapes, int size) {
    long key(int i) {
      return keys.getAtIndex(ValueLayout.JAVA_LONG, i);
    }

    int value(int i) {
      return values.getAtIndex(ValueLayout.JAVA_INT, i);
    }

    void put(int i, int value) {
      values.setAtIndex(ValueLayout.JAVA_INT, i, value);
    }

    int shape(int i) {
      return Short.toUnsignedInt(shapes.getAtIndex(ValueLayout.JAVA_SHORT, i));
    }

    /** Says where a frame lies now, and what it has become. */
    void move(int i, long address) {
      long step = Address.offset(address) / Address.STEP;
      if (step >>> 32 != 0) {
        throw new IllegalStateException("a pack of more than 256 GiB");
      }
      put(i, (int) step);
      if (shapes.byteSize() > 0) {
        int length = Address.compressedBytes(address) / Address.STEP;
        int shape = Address.kind(address) << SHAPE_SHIFT | length;
        shapes.setAtIndex(ValueLayout.JAVA_SHORT, i, (short) shape);
      }
    }

    /** Returns where a frame that was moved lies now, by ordinal 0. */
    long moved(int i, long address) {
      long offset = Integer.toUnsignedLong(value(i)) * Address.STEP;
      if (shapes.byteSize() == 0) {
        return Address.at(address, offset);
      }
      int shape = shape(i);
      int length = (shape & ((1 << SHAPE_SHIFT) - 1)) * Address.STEP;
      return Address.of(shape >>> SHAPE_SHIFT, 0, offset, length);
    }

    int find(long key) {
      int low = 0;
      int high = size - 1;
      while (low <= high) {
        int middle = (low + high) >>> 1;
        long found = key(middle);
        if (found == key) {
          return middle;
        }
        if (found < key) {
          low = middle + 1;
        } else {
          high = middle - 1;
        }
      }
      return -1;
    }
  }

  /** Frames and bytes of one file, by ranges. */
  private static final class Counts {
    int[] frames = new int[1];
    long[] bytes = new long[1];

    void add(int range, long length) {
      if (range >= frames.length) {
        int size = Math.max(range + 1, frames.length * 2);
        frames = Arrays.copyOf(frames, size);
        bytes = Arrays.copyOf(bytes, size);
      }
      frames[range]++;
      bytes[range] += length;
    }
  }

  private final Map<Long, Integer> numbers = new HashMap<>();
  private final Most most;
  private final boolean encodes;
  private final Counts[] counts;
  private final Arena arena = Arena.ofConfined();
  private final List<Chunk> chunks = new ArrayList<>();
  private long[] unsorted = new long[1024];
  private int unsortedSize;
  private long endKey = Long.MAX_VALUE;
  private long bytes;
  private long copied;
  private Optional<FileHeader> target = Optional.empty();

  /**
   * @param files those whose frames move; what is too many for one map is left out
   */
  FrameMap(List<FileName> files, Most most) {
    this(files, most, false);
  }

  /**
   * @param encodes whether frames may become others
   */
  FrameMap(List<FileName> files, Most most, boolean encodes) {
    this.most = most;
    this.encodes = encodes;
    for (FileName file : files.subList(0, Math.min(files.size(), MOST_FILES))) {
      numbers.put(file.fileId(), numbers.size());
    }
    counts = new Counts[numbers.size()];
    Arrays.setAll(counts, _ -> new Counts());
  }

  /** Returns the number by which a file goes here, or a negative one if no frame of it moves. */
  int number(long fileId) {
    return numbers.getOrDefault(fileId, -1);
  }

  /** Returns how many files there are: each has a number below. */
  int files() {
    return counts.length;
  }

  /** Returns what a frame goes by in {@link Walk}. */
  static long key(int number, long address) {
    long step = Address.offset(address) / Address.STEP;
    long length = Address.compressedBytes(address) / Address.STEP;
    return ((long) number << FILE_SHIFT)
        | (step << STEP_SHIFT)
        | (length << LENGTH_SHIFT)
        | Address.kind(address);
  }

  /** Counts a frame that some index keeps. */
  void count(int number, long address, long length) {
    counts[number].add((int) (Address.offset(address) >>> most.rangeShift), length);
  }

  /** Finds out how much of all that was counted one pack can take. */
  void cut() {
    long frames = 0;
    for (int number = 0; number < counts.length; number++) {
      Counts file = counts[number];
      for (int range = 0; range < file.frames.length; range++) {
        long nextBytes = bytes + file.bytes[range];
        frames += file.frames[range];
        if (bytes > 0 && (frames > most.frames || nextBytes > most.bytes)) {
          long step = ((long) range << most.rangeShift) / Address.STEP;
          endKey = ((long) number << FILE_SHIFT) | (step << STEP_SHIFT);
          return;
        }
        bytes = nextBytes;
      }
    }
  }

  /** Returns the bytes of the frames that move; one that was counted twice counts twice. */
  long bytes() {
    return bytes;
  }

  /** Tells whether a frame is one of those that move. */
  boolean moves(int number, long address) {
    return key(number, address) < endKey;
  }

  /** Tells whether no frame of a file stays in it. */
  boolean movesAll(int number) {
    return endKey == Long.MAX_VALUE || endKey >>> FILE_SHIFT > number;
  }

  /** Adds a frame, if it moves; it may be added twice. */
  void add(int number, long address) {
    if (!moves(number, address)) {
      return;
    }
    if (unsortedSize == CHUNK_FRAMES) {
      sort();
    } else if (unsortedSize == unsorted.length) {
      unsorted = Arrays.copyOf(unsorted, unsortedSize * 2);
    }
    unsorted[unsortedSize++] = key(number, address);
  }

  /** Puts what was added in order, each frame once. */
  void sort() {
    Arrays.sort(unsorted, 0, unsortedSize);
    int size = 0;
    for (int i = 0; i < unsortedSize; i++) {
      if (i == 0 || unsorted[i] != unsorted[i - 1]) {
        unsorted[size++] = unsorted[i];
      }
    }
    unsortedSize = 0;
    if (size > 0) {
      MemorySegment keys = arena.allocate(8L * size, 8);
      MemorySegment.copy(unsorted, 0, keys, ValueLayout.JAVA_LONG, 0, size);
      MemorySegment shapes = encodes ? arena.allocate(2L * size, 8) : MemorySegment.NULL;
      chunks.add(new Chunk(keys, arena.allocate(4L * size, 8), shapes, size));
    }
  }

  /** Returns which chunk has a frame << 32 | where in it; -1 if none has. */
  private long place(int number, long address) {
    long key = key(number, address);
    for (int i = 0; i < chunks.size(); i++) {
      int at = chunks.get(i).find(key);
      if (at >= 0) {
        return (long) i << 32 | at;
      }
    }
    return -1;
  }

  private long placeOfAdded(int number, long address) {
    long place = place(number, address);
    if (place < 0) {
      throw new IllegalStateException("a frame that was not added");
    }
    return place;
  }

  private Chunk chunk(long place) {
    return chunks.get((int) (place >>> 32));
  }

  /**
   * Takes note of what a frame must decode to.
   *
   * @return false if another index says otherwise
   */
  boolean check(int number, long address, int crc) {
    long place = placeOfAdded(number, address);
    Chunk chunk = chunk(place);
    boolean same = chunk.value((int) place) == 0 || chunk.value((int) place) == crc;
    chunk.put((int) place, crc);
    return same;
  }

  void setTarget(FileHeader header) {
    target = Optional.of(header);
  }

  /** Returns the file that the frames lie in now. */
  FileHeader target() {
    return target.orElseThrow(() -> new IllegalStateException("nothing was copied"));
  }

  /**
   * Returns the address of the same page in the new file, by ordinal 0; {@link Address#ZERO} if it
   * was not copied.
   */
  long moved(int number, long address) {
    long place = place(number, address);
    return place < 0 ? Address.ZERO : chunk(place).moved((int) place, address);
  }

  /** Tells whether a frame that moves was copied; only where frames may become others. */
  boolean isCopied(int number, long address) {
    long place = placeOfAdded(number, address);
    return chunk(place).shape((int) place) != 0;
  }

  /** Says where a frame that moves lies now, and what it has become. */
  void put(int number, long address, long movedTo) {
    long place = placeOfAdded(number, address);
    chunk(place).move((int) place, movedTo);
    copied++;
  }

  /** Returns how many frames were copied. */
  long copied() {
    return copied;
  }

  /** Begins to walk through all frames in order. */
  Walk walk() {
    return new Walk();
  }

  /** Stands at one frame after the other. Not thread-safe. */
  final class Walk {
    private final int[] positions = new int[chunks.size()];
    private long key = -1;
    private int at;

    /** Goes to the next frame, the first one at first; false if there is none. */
    boolean next() {
      long next = Long.MAX_VALUE;
      for (int i = 0; i < positions.length; i++) {
        Chunk chunk = chunks.get(i);
        if (positions[i] < chunk.size && chunk.key(positions[i]) == key) {
          positions[i]++; // chunks may have the same frame; the first of them has its value
        }
        if (positions[i] < chunk.size && chunk.key(positions[i]) < next) {
          next = chunk.key(positions[i]);
          at = i;
        }
      }
      key = next;
      return next != Long.MAX_VALUE;
    }

    /** Returns what the frame goes by; keys ascend by file and offset. */
    long key() {
      return key;
    }

    /** Returns what two frames that begin at one offset of a file have in common. */
    long place() {
      return key >>> STEP_SHIFT;
    }

    /** Returns the number of the frame's file. */
    int number() {
      return (int) (key >>> FILE_SHIFT);
    }

    /** Returns the frame's address there, by ordinal 0. */
    long address() {
      long step = (key >>> STEP_SHIFT) & ((1L << (FILE_SHIFT - STEP_SHIFT)) - 1);
      int length = (int) (key >>> LENGTH_SHIFT) & ((1 << (STEP_SHIFT - LENGTH_SHIFT)) - 1);
      int kind = (int) key & ((1 << LENGTH_SHIFT) - 1);
      return Address.of(kind, 0, step * Address.STEP, length * Address.STEP);
    }

    /** Tells whether the frame was copied; false where frames stay as they are. */
    boolean isCopied() {
      Chunk chunk = chunks.get(at);
      return encodes && chunk.shape(positions[at]) != 0;
    }

    /** Returns the CRC-32C of the plain page. */
    int crc() {
      return chunks.get(at).value(positions[at]);
    }

    /** Says where the frame lies now, and what it has become. */
    void put(long movedTo) {
      chunks.get(at).move(positions[at], movedTo);
      copied++;
    }
  }

  @Override
  public void close() {
    arena.close();
  }
}
