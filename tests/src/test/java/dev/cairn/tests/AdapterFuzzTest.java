package dev.cairn.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cairn.store.BadInputException;
import dev.cairn.store.RefusedException;
import dev.cairn.tools.image.MappedRamImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A damaged mapped-ram file is either read or refused, one that is cut short is refused, and
 * neither costs memory or time.
 */
class AdapterFuzzTest {
  private static final int ROUNDS = 4000;

  /** Ends of the numbers that a header may hold, as one byte of them. */
  private static final byte[] EDGES = {0, 1, 0x7f, -1, -128, 0x10};

  private final Path directory;

  AdapterFuzzTest(@TempDir Path directory) {
    this.directory = directory;
  }

  /** Bytes [from, to) that the parser reads. */
  private record Area(long from, long to) {}

  private static List<Area> areas(int n, Path image) throws IOException {
    List<Area> areas = new ArrayList<>();
    long end = 0;
    for (JsonNode block : Vectors.facts(n).get("blocks")) {
      long bitmap = block.get("bitmap_offset").asLong();
      int name = block.get("name").asText().getBytes(StandardCharsets.UTF_8).length;
      areas.add(new Area(bitmap - 28 - 8 - name - 1, bitmap));
      areas.add(new Area(bitmap, bitmap + (block.get("pages").asLong() + 63) / 64 * 8));
      end = block.get("pages_offset").asLong() + block.get("length").asLong();
    }
    areas.add(new Area(0, areas.getFirst().from));
    areas.add(new Area(end, end + 200));
    areas.add(new Area(end, Files.size(image)));
    return areas;
  }

  /** Reads all that an intake would ask for, but for the pages themselves. */
  private static boolean reads(Path image) throws IOException {
    try (MappedRamImage opened = MappedRamImage.open(image)) {
      opened.deviceState();
      for (int block = 0; block < opened.layout().blocks().size(); block++) {
        long pages = opened.layout().blocks().get(block).pages(opened.layout().pageSize());
        opened.presentRuns(
            block, 0, pages, (page, count) -> assertTrue(count > 0 && page + count <= pages));
      }
      return true;
    } catch (BadInputException | RefusedException e) {
      assertEquals(1, String.valueOf(e.getMessage()).lines().count(), e.getMessage());
      return false;
    }
  }

  @Test
  @Timeout(value = 5, unit = TimeUnit.MINUTES)
  void flippedBytesAreReadOrRefused() throws IOException, InterruptedException {
    Path image = Vectors.unpack(0, directory);
    List<Area> areas = areas(0, image);
    Random random = new Random(Settings.seed());
    int refused = 0;
    for (int round = 0; round < ROUNDS; round++) {
      Area area = areas.get(random.nextInt(areas.size()));
      long[] offsets = random.longs(1 + random.nextInt(3), area.from, area.to).toArray();
      byte[][] before = new byte[offsets.length][];
      for (int i = 0; i < offsets.length; i++) {
        before[i] = VectorEdits.get(image, offsets[i], 1);
        boolean edge = random.nextBoolean();
        byte after = edge ? EDGES[random.nextInt(EDGES.length)] : (byte) random.nextInt();
        VectorEdits.put(image, offsets[i], after);
      }
      try {
        refused += reads(image) ? 0 : 1;
      } catch (RuntimeException | Error e) {
        throw new AssertionError("round " + round + ", bytes at " + Arrays.toString(offsets), e);
      }
      for (int i = offsets.length - 1; i >= 0; i--) {
        VectorEdits.put(image, offsets[i], before[i]);
      }
    }
    assertTrue(refused > ROUNDS / 10, refused + " of " + ROUNDS + " refused");
    Vectors.check(0, image);
  }

  @Test
  @Timeout(value = 5, unit = TimeUnit.MINUTES)
  void filesThatAreCutShortAreRefused() throws IOException, InterruptedException {
    Path image = Vectors.unpack(0, directory);
    long end = Files.size(image);
    byte[] last = VectorEdits.get(image, end - 1, 1);
    assertEquals('}', last[0], "the image ends with its VM description");
    Random random = new Random(Settings.seed());
    long[] lengths =
        LongStream.concat(
                areas(0, image).stream()
                    .flatMapToLong(area -> random.longs(100, area.from, area.to)),
                LongStream.of(end - 1))
            .sorted()
            .toArray();
    for (int i = lengths.length - 1; i >= 0; i--) {
      VectorEdits.truncate(image, lengths[i]);
      try {
        assertFalse(reads(image), "length " + lengths[i]);
      } catch (RuntimeException | Error e) {
        throw new AssertionError("length " + lengths[i], e);
      }
    }
  }
}
