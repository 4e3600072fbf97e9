package dev.cairn.tools.migration;

/**
 * Finds where a streamed device state ends. Device sections carry no lengths, and their bytes are
 * the guest's: they may look like anything. So the end is where the JSON description stands, {@code
 * 00 06 be32(n) {...}}, but only if that description, walked from the first section on, comes out
 * at exactly that 00.
 *
 * <p>Bytes are looked at as they come, each a few times at most: JSON as QEMU writes it has no
 * control characters, so the 00 of another candidate ends the one before. Not thread-safe.
 */
final class DeviceEnd {
  /** Longest description, bytes; QEMU's own have some 50 to 100 KiB. */
  static final int MOST_DESCRIPTION_BYTES = 16 << 20;

  /** EOF, type, length and the first byte of the JSON. */
  private static final int HEAD = 7;

  /** A description of one section with one field is longer; spares the walk of what is none. */
  private static final int LEAST_DESCRIPTION_BYTES = 64;

  private int at;

  /** Behind the JSON of the candidate at {@link #at}; 0 if there is none. */
  private int candidateEnd;

  /** Up to where its JSON was looked at. */
  private int clean;

  private String why = "none has come";
  private String wanted = "end of the device state";

  /**
   * Looks on.
   *
   * @param bytes the state from its first section on
   * @param length how many have come
   * @return whether the end is known
   */
  boolean find(byte[] bytes, int length) {
    while (candidateEnd > 0 || seek(bytes, length)) {
      int end = Math.min(candidateEnd, length);
      while (clean < end && (bytes[clean] & 0xff) >= ' ') {
        clean++;
      }
      if (clean == candidateEnd) {
        DescriptionWalk walk = new DescriptionWalk(bytes, at);
        if (walk.comesOut(descriptionAt(), candidateEnd)) {
          return true;
        }
        why = "one at its byte " + at + " that does not fit: " + walk.why();
        wanted = "end of the device state, whose last description is " + why;
      } else if (clean == length) {
        return false;
      }
      candidateEnd = 0;
      at++;
    }
    return false;
  }

  /** Goes to the next candidate. */
  private boolean seek(byte[] bytes, int length) {
    for (; at + HEAD <= length; at++) {
      if (bytes[at] == StreamWords.EOF
          && bytes[at + 1] == StreamWords.DESCRIPTION
          && bytes[at + HEAD - 1] == '{') {
        int count = be32(bytes, at + 2);
        if (count >= LEAST_DESCRIPTION_BYTES
            && count <= MOST_DESCRIPTION_BYTES
            && count <= Integer.MAX_VALUE - HEAD - at) {
          clean = descriptionAt();
          candidateEnd = clean + count;
          return true;
        }
      }
    }
    return false;
  }

  /** Returns how many bytes the state has, closing EOF byte included. */
  int stateLength() {
    return at + 1;
  }

  /** Returns where the JSON begins. */
  int descriptionAt() {
    return at + HEAD - 1;
  }

  /** Returns what stands behind the JSON. */
  int end() {
    return candidateEnd;
  }

  /** Tells, while the end is not known, what became of the last candidate. */
  String why() {
    return why;
  }

  /** Returns what is looked for, for the error if it does not come. */
  String wanted() {
    return wanted;
  }

  static int be32(byte[] bytes, int at) {
    return bytes[at] << 24
        | (bytes[at + 1] & 0xff) << 16
        | (bytes[at + 2] & 0xff) << 8
        | (bytes[at + 3] & 0xff);
  }
}
