package dev.cairn.store.file;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Changes a few fields of a file as somebody would who knows where they lie: counts, lengths,
 * offsets and addresses, by a little or to a limit. Which ones follows from the bytes alone, so
 * that each mutation of an input is another try, and each try can be had again. Not thread-safe.
 */
final class FieldEdits {
  private static final long WORD = 4;
  private static final int MOST_EDITS = 3;

  /** Most by which a field is changed a little. */
  private static final int LITTLE = 8;

  private final MemorySegment s;
  private final Random random;
  private final List<MemorySegment> parts = new ArrayList<>();

  private FieldEdits(MemorySegment s) {
    this.s = s;
    this.random = new Random(new Crc().of(s));
  }

  /**
   * Edits a file in place.
   *
   * @param gap as in {@link ChecksumMender#mend}
   */
  static void edit(MemorySegment s, long gap) {
    FieldEdits edits = new FieldEdits(s);
    edits.findParts(gap);
    edits.edit();
  }

  private void findParts(long gap) {
    long footerAt = s.byteSize() - Footer.LENGTH;
    MemorySegment footer = s.asSlice(footerAt);
    parts.add(s.asSlice(0, ChecksumMender.SWITCHES_AT));
    parts.add(footer);
    int count = Bytes.get32(footer, 16);
    long tableLength = (long) Footer.ENTRY_LENGTH * count;
    if (count < 1 || count > Footer.MAX_CHUNKS || tableLength > footerAt) {
      return;
    }
    MemorySegment table = s.asSlice(footerAt - tableLength, tableLength);
    parts.add(table);
    for (long at = 0; at < tableLength; at += Footer.ENTRY_LENGTH) {
      long from = Bytes.get64(table, at + 8) - gap;
      long bytes = Bytes.get64(table, at + 16);
      if (from >= 0 && bytes >= WORD && from <= footerAt && bytes <= footerAt - from) {
        parts.add(s.asSlice(from, bytes));
      }
    }
  }

  private void edit() {
    MemorySegment part = any();
    for (int left = 1 + random.nextInt(MOST_EDITS); left > 0; left--) {
      long at = WORD * random.nextLong(part.byteSize() / WORD);
      if (random.nextBoolean() && at + 2 * WORD <= part.byteSize()) {
        Bytes.put64(part, at, changed(Bytes.get64(part, at)));
      } else {
        Bytes.put32(part, at, (int) changed(Bytes.get32(part, at)));
      }
      part = random.nextBoolean() ? part : any();
    }
  }

  private MemorySegment any() {
    return parts.get(random.nextInt(parts.size()));
  }

  private long changed(long field) {
    long little = 1L + random.nextInt(LITTLE);
    return switch (random.nextInt(9)) {
      case 0, 1 -> field + little;
      case 2, 3 -> field - little;
      case 4 -> little - 1;
      case 5 -> 1L << random.nextInt(32);
      case 6 -> (1L << random.nextInt(64)) - 1;
      case 7 -> s.byteSize() - random.nextInt(LITTLE);
      default -> field ^ 1L << random.nextInt(64);
    };
  }
}
