package dev.cairn.tests.damage;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** The bytes of a file, and what damage makes of them without copying them. Immutable. */
sealed interface Contents {
  /** Returns the length in bytes. */
  long length();

  /** Fills a segment; the caller has checked that it lies within. */
  void read(long offset, MemorySegment into);

  /** Returns all bytes. */
  default byte[] bytes() {
    byte[] bytes = new byte[Math.toIntExact(length())];
    read(0, MemorySegment.ofArray(bytes));
    return bytes;
  }

  /** A file as it was written. */
  final class Whole implements Contents {
    private final byte[] bytes;

    Whole(byte[] bytes) {
      this.bytes = bytes.clone();
    }

    @Override
    public long length() {
      return bytes.length;
    }

    @Override
    public void read(long offset, MemorySegment into) {
      MemorySegment.copy(MemorySegment.ofArray(bytes), offset, into, 0, into.byteSize());
    }
  }

  /** One bit is another. */
  record Flipped(Contents file, long offset, int bit) implements Contents {
    @Override
    public long length() {
      return file.length();
    }

    @Override
    public void read(long from, MemorySegment into) {
      file.read(from, into);
      if (from <= offset && offset < from + into.byteSize()) {
        byte old = into.get(ValueLayout.JAVA_BYTE, offset - from);
        into.set(ValueLayout.JAVA_BYTE, offset - from, (byte) (old ^ 1 << bit));
      }
    }
  }

  /** The end is missing. */
  record Cut(Contents file, long length) implements Contents {
    @Override
    public void read(long from, MemorySegment into) {
      file.read(from, into);
    }
  }

  /** More bytes follow: the file's own from its start on, or zeros. */
  record Extended(Contents file, int more, boolean zeros) implements Contents {
    @Override
    public long length() {
      return file.length() + more;
    }

    @Override
    public void read(long from, MemorySegment into) {
      long inside = Math.clamp(file.length() - from, 0, into.byteSize());
      file.read(Math.min(from, file.length() - inside), into.asSlice(0, inside));
      for (long i = inside; i < into.byteSize(); i++) {
        byte[] one = {0};
        if (!zeros) {
          file.read((from + i - file.length()) % file.length(), MemorySegment.ofArray(one));
        }
        into.set(ValueLayout.JAVA_BYTE, i, one[0]);
      }
    }
  }
}
