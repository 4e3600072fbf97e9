package dev.cairn.tests.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.cairn.tools.image.MappedRamImage;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The blocks of a mapped-ram file lie where its headers say, and cost the same wherever it is. */
class MappedRamOrderTest {
  private static final int BLOCKS = 4096;
  private static final int PAGE = 4096;

  /** A header and a page of a block. */
  private static final long STEP = 2L * PAGE;

  /** Where the bitmaps lie, 8 bytes each; the blocks behind them. */
  private static final long BITMAPS = PAGE;

  private static final long FIRST = BITMAPS + 8L * BLOCKS;

  /** Name, places and records of a block. */
  private static final long BYTES_OF_BLOCK = 4 << 10;

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  /** Returns where a block's page lies: from the end of the file down, but for the last block. */
  private static long pagesAt(int block) {
    return FIRST + STEP * (block == BLOCKS - 1 ? BLOCKS : BLOCKS - 2 - block);
  }

  private static void name(DataOutputStream out, String name) throws IOException {
    out.writeByte(name.length());
    out.write(name.getBytes(StandardCharsets.US_ASCII));
  }

  private static void header(DataOutputStream out, int block) throws IOException {
    name(out, "block" + block);
    out.writeLong(PAGE);
    out.writeInt(1);
    out.writeLong(PAGE);
    out.writeLong(BITMAPS + 8L * block);
    out.writeLong(pagesAt(block));
  }

  private static void begin(DataOutputStream out) throws IOException {
    out.writeInt(0x5145564d);
    out.writeInt(3);
    out.writeByte(7);
    out.writeInt(2);
    out.writeBytes("pc");
    out.writeByte(5);
    name(out, "configuration/capabilities");
    out.writeInt(1);
    out.writeInt(1);
    name(out, "mapped-ram");
    out.writeByte(1);
    out.writeInt(1);
    name(out, "ram");
    out.writeInt(0);
    out.writeInt(4);
    out.writeLong((long) BLOCKS * PAGE | 4);
  }

  private static void endOfSection(DataOutputStream out) throws IOException {
    out.writeLong(0x10);
    out.writeByte(0x7e);
    out.writeInt(1);
  }

  private static void end(DataOutputStream out) throws IOException {
    endOfSection(out);
    out.writeByte(3);
    out.writeInt(1);
    endOfSection(out);
    out.writeByte(0);
    out.writeByte(6);
    out.writeInt(2);
    out.writeBytes("{}");
  }

  /** What stands at one place of the stream. */
  private interface Part {
    void write(DataOutputStream out) throws IOException;
  }

  private static void put(FileChannel file, long at, Part part) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      part.write(out);
    }
    file.write(ByteBuffer.wrap(bytes.toByteArray()), at);
  }

  private static void write(Path path) throws IOException {
    try (FileChannel file =
        FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      put(
          file,
          0,
          out -> {
            begin(out);
            header(out, 0);
          });
      for (int block = 0; block < BLOCKS; block++) {
        int next = block + 1;
        put(file, BITMAPS + 8L * block, out -> out.writeLong(1L << 56));
        put(file, pagesAt(block), out -> out.writeInt(next));
        put(
            file,
            pagesAt(block) + PAGE,
            out -> {
              if (next < BLOCKS) {
                header(out, next);
              } else {
                end(out);
              }
            });
      }
    }
  }

  @Test
  void blocksMayLieInAnyOrderAndCostTheSame(@TempDir Path directory) throws IOException {
    Path path = directory.resolve("image");
    write(path);
    long before = THREADS.getCurrentThreadAllocatedBytes();
    try (MappedRamImage image = MappedRamImage.open(path)) {
      long allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
      System.out.println("mapped-ram of " + BLOCKS + " blocks: " + allocated + " bytes of heap");
      assertTrue(allocated < BLOCKS * BYTES_OF_BLOCK, "allocated " + allocated);
      assertEquals(BLOCKS, image.layout().blocks().size());
      MemorySegment page = MemorySegment.ofArray(new byte[PAGE]);
      for (int block = 0; block < BLOCKS; block += 1365) {
        image.read(block, 0, page);
        ValueLayout.OfInt be32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
        assertEquals(block + 1, page.get(be32, 0));
      }
    }
  }
}
