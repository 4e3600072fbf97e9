package dev.cairn.chain;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.store.CorruptFileException;
import dev.cairn.store.file.Address;
import dev.cairn.store.file.StoredSection;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

/** A device section is stored once as long as it stays the same, and read only for that. */
final class SectionsTest {
  private final ChainInMemory memory;
  private final SparseMemory image = new SparseMemory(512, 16);

  SectionsTest() throws IOException {
    memory = new ChainInMemory(512);
  }

  private long checkpoint(byte[] section) throws IOException {
    return memory.checkpoint(image.section("cpu", section), ChainInMemory.WHOLE);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private byte[] read(Chain chain, long point) throws IOException {
    try (ChainSnapshot snapshot = chain.snapshot()) {
      return snapshot.view(point).deviceState().find("cpu").orElseThrow().content();
    }
  }

  private StoredSection stored(long point) throws IOException {
    try (ChainSnapshot snapshot = memory.chain().snapshot()) {
      return snapshot.point(point).sections().getFirst();
    }
  }

  @Test
  void anUnchangedSectionIsStoredOnce() throws IOException {
    checkpoint(bytes("a"));
    assertEquals(0, Address.ordinal(stored(checkpoint(bytes("b"))).address()));
    assertEquals(1, Address.ordinal(stored(checkpoint(bytes("b"))).address()));
    assertEquals(1, Address.ordinal(stored(checkpoint(bytes("b"))).address()));
    assertEquals(0, Address.ordinal(stored(checkpoint(bytes("c"))).address()));
    assertArrayEquals(bytes("b"), read(memory.chain(), 3));
  }

  @Test
  void aDamagedSectionDoesNotStopACheckpointThatDoesNotNeedIt() throws IOException {
    checkpoint(bytes("a"));
    long tip = checkpoint(bytes("b"));
    FileEntry layer = memory.chain().manifest().layers().getLast();
    memory.flip(layer.name().text(), Address.offset(stored(tip).address()));
    Store store = Store.open(memory.disk().asProcess("later"), ChainInMemory.ENVIRONMENT);
    try (Chain chain = store.open("vm")) {
      assertThrows(CorruptFileException.class, () -> read(chain, tip));
      long next =
          new Checkpointer(chain)
              .checkpoint(image.section("cpu", bytes("x")), ChainInMemory.WHOLE, Progress.NONE)
              .point()
              .checkpoint();
      assertArrayEquals(bytes("x"), read(chain, next));
    }
  }

  @Test
  void anEqualChecksumIsNoEvidenceThatSectionsAreEqual() throws IOException {
    Map<Long, byte[]> known = new HashMap<>();
    Random random = new Random(8);
    checkpoint(bytes("base"));
    while (true) {
      byte[] content = ByteBuffer.allocate(8).putLong(random.nextLong()).array();
      CRC32C crc = new CRC32C();
      crc.update(content);
      byte[] other = known.put(crc.getValue(), content);
      if (other != null) {
        long first = checkpoint(other);
        long second = checkpoint(content);
        assertEquals(stored(first).crc(), stored(second).crc());
        assertArrayEquals(other, read(memory.chain(), first));
        assertArrayEquals(content, read(memory.chain(), second));
        return;
      }
    }
  }
}
