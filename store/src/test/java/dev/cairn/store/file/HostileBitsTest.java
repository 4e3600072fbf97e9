package dev.cairn.store.file;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.store.CorruptFileException;
import dev.cairn.store.StoreException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Files that are cut or whose bits are wrong, with checksums that tell and with checksums that do
 * not: whoever reads all of one gets a {@link StoreException}, or what was written.
 */
final class HostileBitsTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final SpecTables spec;

  HostileBitsTest() throws IOException {
    spec = SpecTables.read();
  }

  private static byte[] golden(String name) throws IOException {
    byte[] bytes = GoldenDirectory.current().files().get(name);
    if (bytes == null) {
      throw new AssertionError("no golden file " + name);
    }
    return bytes;
  }

  private static FileName name(byte[] file) throws StoreException {
    return FileHeader.decode("golden", MemorySegment.ofArray(file)).name();
  }

  @ParameterizedTest
  @ValueSource(strings = {"plain.layer", "packed.pages", "zstd.layer"})
  void fileCutAnywhereIsCorrupt(String golden) throws IOException {
    byte[] bytes = golden(golden);
    FileName name = name(bytes);
    for (int length = 0; length < bytes.length; length++) {
      byte[] cut = Arrays.copyOf(bytes, length);
      assertThrows(CorruptFileException.class, () -> FileReading.all(name, cut), "at " + length);
    }
    byte[] longer = Arrays.copyOf(bytes, bytes.length + 1);
    assertThrows(CorruptFileException.class, () -> FileReading.all(name, longer));
  }

  @ParameterizedTest
  @ValueSource(strings = {"plain.layer", "packed.pages", "zstd.layer"})
  void everyFlippedBitOfHeaderAndMetadataIsFound(String golden) throws IOException {
    byte[] bytes = golden(golden);
    FileName name = name(bytes);
    Forgery forgery = new Forgery(spec, bytes);
    int metadata = (int) forgery.get("footer", 0, "metadataOffset");
    for (int at = 0; at < bytes.length; at = next(at, metadata)) {
      for (int bit = 0; bit < 8; bit++) {
        byte[] wrong = forgery.flip(at, bit).unsealed();
        String where = "bit " + bit + " of " + at;
        assertThrows(StoreException.class, () -> FileReading.all(name, wrong), where);
        forgery.restore(at, at + 1);
      }
    }
  }

  /** Skips the body. */
  private static int next(int at, int metadata) {
    return at == FileHeader.LENGTH - 1 ? metadata : at + 1;
  }

  /** Nothing but a {@link StoreException} comes out of a wrong field, whatever it is. */
  @ParameterizedTest
  @ValueSource(strings = {"plain.layer", "packed.pages", "zstd.layer"})
  void everyFlippedBitUnderRightChecksumsIsReadOrRefused(String golden) throws IOException {
    Forgery forgery = new Forgery(spec, golden(golden));
    assertTimeoutPreemptively(PATIENCE, () -> flipAll(forgery, 1));
  }

  @ParameterizedTest
  @ValueSource(strings = {"merged.layer", "lz4.layer", "whole.base"})
  void aFlippedBitOfEveryByteUnderRightChecksumsIsReadOrRefused(String golden) throws IOException {
    Forgery forgery = new Forgery(spec, golden(golden));
    assertTimeoutPreemptively(PATIENCE, () -> flipAll(forgery, 8));
  }

  /**
   * @param stride of every how many bits one is flipped
   */
  private static void flipAll(Forgery forgery, int stride) throws IOException {
    int length = forgery.unsealed().length;
    int metadata = (int) forgery.get("footer", 0, "metadataOffset");
    int refused = 0;
    for (int at = 0; at < length; at = next(at, metadata)) {
      for (int bit = at % stride; bit < 8; bit += stride) {
        byte[] wrong = forgery.flip(at, bit).sealed();
        try {
          FileReading.all(name(wrong), wrong);
        } catch (StoreException e) {
          refused++;
        } catch (IOException | RuntimeException e) {
          throw new AssertionError("bit " + bit + " of " + at, e);
        }
        forgery.restore(0, FileHeader.LENGTH);
        forgery.restore(metadata, length);
      }
    }
    assertTrue(refused > 100, "most fields are checked: " + refused);
  }

  /** Flips a bit of each byte of a body: every frame of every codec, padding included. */
  @ParameterizedTest
  @ValueSource(strings = {"zstd.layer", "lz4.layer"})
  void aFlippedBitOfAFrameIsFoundOrChangesNothing(String golden) throws IOException {
    byte[] bytes = golden(golden);
    FileName name = name(bytes);
    Forgery forgery = new Forgery(spec, bytes);
    List<Object> expected = FileReading.all(name, bytes);
    int metadata = (int) forgery.get("footer", 0, "metadataOffset");
    int end = Math.min(metadata, 2048);
    int found = 0;
    for (int at = FileHeader.LENGTH; at < end; at++) {
      int bit = at & 7;
      byte[] wrong = forgery.flip(at, bit).unsealed();
      try {
        assertEquals(expected, FileReading.all(name, wrong), "bit " + bit + " of " + at);
      } catch (CorruptFileException e) {
        found++;
      }
      forgery.restore(at, at + 1);
    }
    assertTrue(found > 500, found + " found");
  }

  @Test
  void anEmptyFileIsCorrupt() {
    FileName name = new FileName(FileKind.LAYER, 1, 1, 1);
    assertThrows(CorruptFileException.class, () -> FileReading.all(name, new byte[0]));
  }

  /** Of a file that others draw upon, frames alone count: its own index may rot. */
  @Test
  void framesAreReadBesideADamagedIndex() throws IOException {
    byte[] bytes = golden("plain.layer");
    FileName name = name(bytes);
    long frame;
    try (OpenFile sound = OpenFile.open(name, BytesInput.of(bytes))) {
      frame = Address.offset(sound.region(0).address(0));
    }
    byte[] rotten = bytes.clone();
    rotten[new Forgery(spec, bytes).chunk("PIDX")] ^= 1;
    assertThrows(CorruptFileException.class, () -> OpenFile.open(name, BytesInput.of(rotten)));
    try (OpenFile data = OpenFile.openData(name, BytesInput.of(rotten))) {
      MemorySegment page = MemorySegment.ofArray(new byte[512]);
      data.readBody(frame, page);
      assertArrayEquals(
          Arrays.copyOfRange(bytes, (int) frame, (int) frame + 512),
          page.toArray(ValueLayout.JAVA_BYTE));
      assertThrows(IllegalStateException.class, data::directory);
      assertThrows(CorruptFileException.class, data::loadIndex);
    }
  }
}
