package dev.cairn.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cairn.store.RamBlock;
import dev.cairn.tools.image.MappedRamImage;
import dev.cairn.tools.migration.StreamReader;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.concurrent.TimeUnit;

/** Four images of one guest that QEMU 10.0.2 wrote, and what is known of them. */
final class Vectors {
  static final int COUNT = 4;

  private static final Path HOME = Path.of("src/test/resources/vectors");

  private Vectors() {}

  /** Unpacks an image into a directory. */
  static Path unpack(int n, Path directory) throws IOException, InterruptedException {
    Path image = directory.resolve("bare64-" + n + ".mr");
    Process xz =
        new ProcessBuilder("xz", "-dc", HOME.resolve(image.getFileName() + ".xz").toString())
            .redirectOutput(image.toFile())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try {
      assertTrue(xz.waitFor(60, TimeUnit.SECONDS), "xz ends");
      assertEquals(0, xz.exitValue(), "exit code of xz");
    } finally {
      xz.destroyForcibly();
    }
    return image;
  }

  static JsonNode facts(int n) throws IOException {
    return new ObjectMapper()
        .readTree(Files.readAllBytes(HOME.resolve("bare64.json")))
        .get("images")
        .get(n);
  }

  /** Checks every RAM block and the device state of an image against what is known of a vector. */
  static void check(int n, Path image) throws IOException {
    JsonNode facts = facts(n);
    try (MappedRamImage opened = MappedRamImage.open(image)) {
      JsonNode blocks = facts.get("blocks");
      assertEquals(blocks.size(), opened.layout().blocks().size());
      for (int i = 0; i < blocks.size(); i++) {
        RamBlock block = opened.layout().blocks().get(i);
        assertEquals(blocks.get(i).get("name").asText(), block.name());
        assertEquals(blocks.get(i).get("length").asLong(), block.length());
        assertEquals(
            blocks.get(i).get("sha256").asText(), sha256(opened, i), "image " + n + " " + block);
      }
      byte[] devices = opened.deviceState().find(StreamReader.DEVICES).orElseThrow().content();
      assertEquals(facts.get("device_sha256").asText(), hex(digest().digest(devices)));
    }
  }

  private static String sha256(MappedRamImage image, int block) throws IOException {
    long length = image.layout().blocks().get(block).length();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocate(length, 4096);
      image.presentRuns(
          block,
          0,
          length / 4096,
          (page, count) -> image.read(block, page, bytes.asSlice(page * 4096, count * 4096)));
      MessageDigest sha = digest();
      sha.update(bytes.asByteBuffer());
      return hex(sha.digest());
    }
  }

  private static MessageDigest digest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }
}
