package dev.cairn.tools.demo;

import dev.cairn.tools.linux.AnonymousMemory;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * What the demo and its guest processes say to each other over the guest's standard input and
 * output: a command byte from the demo, an answer from the guest. Both are of one build, so this
 * has no versions. Stateless.
 *
 * <p>Runs of pages are written as: page (int), count (int), bytes; a count of 0 ends them.
 */
final class GuestProtocol {
  static final int HELLO = 0x4341_4952;

  /** Modes of a guest, its first argument. */
  static final String RUN = "run";

  static final String RESTORED = "restored";

  /** Takes a checkpoint; a boolean says whether it is to be audited. */
  static final byte CHECKPOINT = 'c';

  /** Looks up that many accounts (int) and checks each. */
  static final byte LOOK_UP = 'l';

  /** Checks the invariant and digests all memory. */
  static final byte VERIFY = 'v';

  /** Does that many operations (int), then checks the invariant. */
  static final byte GO_ON = 'g';

  private static final int PIECE_BYTES = 64 << 10;

  private GuestProtocol() {}

  static void writeTexts(DataOutputStream out, List<String> texts) throws IOException {
    out.writeInt(texts.size());
    for (String text : texts) {
      out.writeUTF(text);
    }
  }

  static List<String> readTexts(DataInputStream in) throws IOException {
    int count = in.readInt();
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      texts.add(in.readUTF());
    }
    return texts;
  }

  /** Writes runs of the pages in a set, and the end. */
  static void writeRuns(DataOutputStream out, MemorySegment memory, BitSet pages)
      throws IOException {
    for (int from = pages.nextSetBit(0); from >= 0; ) {
      int to = pages.nextClearBit(from);
      writeRun(
          out,
          from,
          memory.asSlice(
              (long) from * AnonymousMemory.PAGE_BYTES,
              (long) (to - from) * AnonymousMemory.PAGE_BYTES));
      from = pages.nextSetBit(to);
    }
    writeEnd(out);
  }

  /** Writes one run. */
  static void writeRun(DataOutputStream out, long page, MemorySegment data) throws IOException {
    out.writeInt(Math.toIntExact(page));
    out.writeInt(Math.toIntExact(data.byteSize() / AnonymousMemory.PAGE_BYTES));
    byte[] piece = new byte[(int) Math.min(PIECE_BYTES, data.byteSize())];
    for (long at = 0; at < data.byteSize(); at += piece.length) {
      int length = (int) Math.min(piece.length, data.byteSize() - at);
      MemorySegment.copy(data, ValueLayout.JAVA_BYTE, at, piece, 0, length);
      out.write(piece, 0, length);
    }
  }

  static void writeEnd(DataOutputStream out) throws IOException {
    out.writeInt(0);
    out.writeInt(0);
  }

  /** Reads bytes into memory. */
  static void readFully(DataInputStream in, MemorySegment into) throws IOException {
    byte[] piece = new byte[(int) Math.min(PIECE_BYTES, into.byteSize())];
    for (long at = 0; at < into.byteSize(); ) {
      int length = in.read(piece, 0, (int) Math.min(piece.length, into.byteSize() - at));
      if (length < 0) {
        throw new EOFException();
      }
      MemorySegment.copy(piece, 0, into, ValueLayout.JAVA_BYTE, at, length);
      at += length;
    }
  }
}
