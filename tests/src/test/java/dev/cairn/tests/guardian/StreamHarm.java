package dev.cairn.tests.guardian;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** What is wrong with a stream, by its beginning: all up to the end of the first section of RAM. */
enum StreamHarm {
  ANOTHER_MAGIC("magic") {
    @Override
    byte[] of(byte[] head, int ram) {
      head[0] ^= 1;
      return head;
    }
  },
  CUT_IN_THE_TABLE("fd:cairn") {
    @Override
    byte[] of(byte[] head, int ram) {
      return Arrays.copyOf(head, head.length - 20);
    }

    @Override
    boolean cuts() {
      return true;
    }
  },
  CUT_BEHIND_THE_TABLE("fd:cairn") {
    @Override
    byte[] of(byte[] head, int ram) {
      return head;
    }

    @Override
    boolean cuts() {
      return true;
    }
  },
  A_SUM_THAT_IS_NOT("RAM block") {
    @Override
    byte[] of(byte[] head, int ram) {
      ByteBuffer.wrap(head).putLong(table(head), 1L << 40 | 4);
      return head;
    }
  },
  MORE_RAM_THAN_THERE_IS("ram size") {
    @Override
    byte[] of(byte[] head, int ram) {
      ByteBuffer.wrap(head).putLong(table(head), 1L << 50 | 4);
      ByteBuffer.wrap(head).putLong(firstLength(head), 1L << 50);
      return head;
    }
  },
  AN_UNKNOWN_SECTION("dirty-bitmap") {
    @Override
    byte[] of(byte[] head, int ram) throws IOException {
      return then(
          head,
          out -> {
            out.writeByte(1);
            out.writeInt(77);
            text(out, "dirty-bitmap");
            out.writeInt(0);
            out.writeInt(1);
          });
    }
  },
  A_PAGE_TWICE("each page once") {
    @Override
    byte[] of(byte[] head, int ram) throws IOException {
      return then(
          head,
          out -> {
            part(out, ram);
            zero(out, 0, firstBlock(head));
            zero(out, 0, "");
          });
    }
  },
  A_BLOCK_RENAMED("moved.ram") {
    @Override
    byte[] of(byte[] head, int ram) throws IOException {
      return then(
          head,
          out -> {
            part(out, ram);
            zero(out, 0, firstBlock(head));
            zero(out, 4096, "moved.ram");
          });
    }
  },
  A_PAGE_BEYOND_ITS_BLOCK("an offset below") {
    @Override
    byte[] of(byte[] head, int ram) throws IOException {
      return then(
          head,
          out -> {
            part(out, ram);
            zero(out, 1L << 45, firstBlock(head));
          });
    }
  },
  A_COMMAND_OF_POSTCOPY("POSTCOPY_LISTEN") {
    @Override
    byte[] of(byte[] head, int ram) throws IOException {
      return then(
          head,
          out -> {
            out.writeByte(8);
            out.writeShort(4);
            out.writeShort(0);
          });
    }
  };

  private interface More {
    void write(DataOutputStream out) throws IOException;
  }

  private final String told;

  StreamHarm(String told) {
    this.told = told;
  }

  /** Does it, to bytes that it may keep. */
  abstract byte[] of(byte[] head, int ram) throws IOException;

  /** Tells whether that is all that comes. */
  boolean cuts() {
    return false;
  }

  /** Returns a word of what a person is told. */
  String told() {
    return told;
  }

  private static byte[] then(byte[] head, More more) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.writeBytes(head);
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      more.write(out);
    }
    return bytes.toByteArray();
  }

  /** Returns where MEM_SIZE stands: behind name, instance and version. */
  private static int table(byte[] head) {
    return HarmedStream.nameOfRam(head) + 4 + 8;
  }

  private static String firstBlock(byte[] head) {
    int at = table(head) + 8;
    return new String(head, at + 1, head[at], StandardCharsets.US_ASCII);
  }

  private static int firstLength(byte[] head) {
    int at = table(head) + 8;
    return at + 1 + head[at];
  }

  private static void part(DataOutputStream out, int ram) throws IOException {
    out.writeByte(2);
    out.writeInt(ram);
  }

  private static void text(DataOutputStream out, String text) throws IOException {
    out.writeByte(text.length());
    out.writeBytes(text);
  }

  /** A page of zeros, of the block before if none is named. */
  private static void zero(DataOutputStream out, long offset, String block) throws IOException {
    out.writeLong(offset | (block.isEmpty() ? 0x22 : 2));
    if (!block.isEmpty()) {
      text(out, block);
    }
    out.writeByte(0);
  }
}
