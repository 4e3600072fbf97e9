package dev.cairn.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What commands say that no other test asks. */
class CommandsTest {
  private static final int PAGE = 4096;

  private final Path image;
  private final Cli cairn;
  private final byte[] memory = new byte[16 * PAGE];

  CommandsTest(@TempDir Path directory) {
    image = directory.resolve("image");
    cairn = new Cli(directory.resolve("store"));
  }

  @BeforeEach
  void storeThreePoints() throws IOException {
    cairn.run(0, "init");
    Random random = new Random(3);
    for (int n = 0; n < 3; n++) {
      random.nextBytes(memory);
      Files.write(image, memory);
      cairn.run(0, "checkpoint", "vm", "--from", "raw:" + image);
    }
  }

  private JsonNode stats(String chain) throws IOException {
    return new ObjectMapper().readTree(cairn.run(0, "--json", "stats", chain).out());
  }

  @Test
  void statsTellsWhatForksShareAndWhatIsDead() throws IOException {
    assertEquals(0, stats("vm").get("sharedBytes").asLong());
    cairn.run(0, "fork", "vm@1", "other");
    JsonNode fork = stats("other");
    assertEquals(fork.get("storedBytes"), fork.get("sharedBytes"));
    JsonNode source = stats("vm");
    assertEquals(fork.get("storedBytes"), source.get("sharedBytes"));
    assertTrue(source.get("storedBytes").asLong() > source.get("sharedBytes").asLong());
    // Headers, padded to a page, are all that no index draws on.
    assertTrue(source.get("deadBytes").asLong() <= 3 * PAGE, source::toString);
    // The two newest points overwrite all pages: what point 1 alone saw is dead once it is gone.
    cairn.run(0, "forget", "vm", "--keep-last", "1");
    cairn.run(0, "compact", "vm");
    JsonNode after = stats("vm");
    assertEquals(1, after.get("points").asInt());
    assertTrue(after.get("writeAmplification").asDouble() >= 1, after::toString);
    assertTrue(after.get("spaceAmplification").asDouble() >= 1, after::toString);
    assertEquals(2, stats("other").get("points").asInt());
  }

  @Test
  void completionKnowsEveryCommand() {
    String script = cairn.run(0, "completion").out();
    for (String command :
        List.of(
            ("init checkpoint list log show diff stats restore merge compact forget pin label fork"
                    + " verify reindex help completion demo bench")
                .split(" "))) {
      assertTrue(script.contains(command), command);
    }
    assertTrue(script.contains("--keep-hourly"), "options");
  }
}
