package dev.cairn.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A chain that nobody merges does not grow for ever, and a chain that somebody merges is his. */
class OverdueMergeTest {
  private static final int PAGE = 4096;
  private static final int POINTS = 40;

  private final Path image;
  private final Cli cairn;

  OverdueMergeTest(@TempDir Path directory) {
    image = directory.resolve("image");
    cairn = new Cli(directory.resolve("store"));
  }

  @BeforeEach
  void init() {
    cairn.run(0, "init");
  }

  private static byte[] memory(int point) {
    byte[] memory = new byte[4 * PAGE];
    Arrays.fill(memory, PAGE, 2 * PAGE, (byte) (point + 1));
    return memory;
  }

  private void checkpoints(String... options) throws IOException {
    for (int n = 0; n < POINTS; n++) {
      Files.write(image, memory(n));
      String[] line =
          Arrays.copyOf(
              new String[] {"checkpoint", "vm", "--from", "raw:" + image}, 4 + options.length);
      System.arraycopy(options, 0, line, 4, options.length);
      cairn.run(0, line);
    }
  }

  private int layers() throws IOException {
    JsonNode stats = new ObjectMapper().readTree(cairn.run(0, "--json", "stats", "vm").out());
    assertEquals(POINTS, stats.get("points").asInt());
    return stats.get("layers").asInt();
  }

  @Test
  void aChainThatNobodyMergesIsMergedWhenThatIsOverdue() throws IOException {
    checkpoints();
    assertTrue(layers() < POINTS - 20, layers() + " layers");
    Path restored = image.resolveSibling("restored");
    for (int n : new int[] {0, 17, 33, POINTS - 1}) {
      cairn.run(0, "restore", "vm@" + n, "--to", "raw:" + restored);
      assertEquals(-1, Arrays.mismatch(memory(n), Files.readAllBytes(restored)), "point " + n);
      Files.delete(restored);
    }
  }

  @Test
  void whoMergesHimselfIsLeftAlone() throws IOException {
    checkpoints("--no-merge");
    assertEquals(POINTS - 1, layers());
    JsonNode merge = new ObjectMapper().readTree(cairn.run(0, "--json", "merge", "vm").out());
    assertEquals(POINTS - 1, merge.get("layersBefore").asInt());
    assertTrue(merge.get("layersAfter").asInt() < 8, "" + merge);
  }
}
