package dev.cairn.tests;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where a restore writes: nothing is left of one that is ended, and names may be as they are. */
class RestoreTargetTest {
  private static final int TERMINATED = 143;

  private final Path directory;
  private final Cli cairn;
  private final byte[] memory = new byte[8 * 4096];

  RestoreTargetTest(@TempDir Path directory) {
    this.directory = directory;
    this.cairn = new Cli(directory.resolve("store"));
  }

  @BeforeEach
  void storeOnePoint() throws IOException {
    new Random(5).nextBytes(memory);
    Path image = Files.write(directory.resolve("image"), memory);
    cairn.run(0, "init");
    cairn.run(0, "checkpoint", "vm", "--from", "raw:" + image);
  }

  private static List<String> names(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> String.valueOf(file.getFileName())).sorted().toList();
    }
  }

  @Test
  void aRestoreThatIsToldToEndLeavesNothing() throws IOException, InterruptedException {
    Path out = Files.createDirectory(directory.resolve("out"));
    try (Child child =
        Child.java(
            directory,
            List.of("-Xmx64m", "-XX:+UseSerialGC"),
            HalfRestoreMain.class,
            out.resolve("memory").toString())) {
      child.awaitWord("half");
      assertEquals(1, names(out).size(), "a temporary file");
      child.terminate();
      child.await(TERMINATED);
    }
    assertEquals(List.of(), names(out));
  }

  @Test
  void aLinkStaysALinkAndTheFileThatItNamesIsReplaced() throws IOException {
    Path real = Files.writeString(directory.resolve("real"), "before");
    Path link = Files.createSymbolicLink(directory.resolve("link"), Path.of("real"));
    cairn.run(0, "restore", "vm", "--to", "raw:" + link);
    assertTrue(Files.isSymbolicLink(link));
    assertArrayEquals(memory, Files.readAllBytes(real));
    Path nowhere = Files.createSymbolicLink(directory.resolve("nowhere"), Path.of("nothing"));
    Cli.Said said = cairn.run(1, "restore", "vm", "--to", "raw:" + nowhere);
    assertTrue(said.errors().contains(nowhere + ": target at offset 0"), said.errors());
    assertFalse(Files.exists(directory.resolve("nothing")));
  }

  @Test
  void aNameMayBeAsLongAsNamesCanBe() throws IOException {
    Path target = directory.resolve("n".repeat(255));
    cairn.run(0, "restore", "vm", "--to", "raw:" + target);
    assertArrayEquals(memory, Files.readAllBytes(target));
  }
}
