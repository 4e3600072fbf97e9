package dev.cairn.tests;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What is wrong with the input is told in one line, with its exit code, and costs no data: after
 * each test the store verifies clean and its point is byte for byte what it was.
 */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class BadInputTest {
  private static final int LENGTH = 64 * 4096;

  private final Path directory;
  private final Cli cairn;
  private final byte[] memory = new byte[LENGTH];

  BadInputTest(@TempDir Path directory) {
    this.directory = directory;
    this.cairn = new Cli(directory.resolve("store"));
    new Random(11).nextBytes(memory);
  }

  @BeforeEach
  void storeOnePoint() throws IOException {
    cairn.run(0, "init");
    Files.write(directory.resolve("memory"), memory);
    cairn.run(0, "checkpoint", "vm", "--from", "raw:" + directory.resolve("memory"));
  }

  @AfterEach
  void nothingWasLost() throws IOException {
    cairn.run(0, "verify");
    Cli.Said chains = cairn.run(0, "list");
    assertFalse(chains.out().contains("new"), chains.out());
    Path out = directory.resolve("out");
    cairn.run(0, "restore", "vm", "--to", "raw:" + out);
    assertArrayEquals(memory, Files.readAllBytes(out));
    try (Stream<Path> left = Files.walk(directory)) {
      List<Path> temporary = left.filter(p -> p.toString().contains("tmp-")).toList();
      assertEquals(List.of(), temporary);
    }
  }

  /** Runs a command that is refused in one line, which holds all these words. */
  private void refused(int exit, List<String> command, String... words) {
    Cli.Said said = cairn.run(exit, command.toArray(String[]::new));
    assertEquals("", said.out());
    assertEquals(1, said.errors().lines().count(), said.errors());
    assertTrue(said.errors().startsWith("cairn: "), said.errors());
    for (String word : words) {
      assertTrue(said.errors().contains(word), () -> "'" + word + "' in: " + said.errors());
    }
  }

  /** Checkpoints an image into the chain and into a new one. */
  private void refusedImage(int exit, String image, String... words) {
    refused(exit, List.of("checkpoint", "vm", "--from", image), words);
    refused(exit, List.of("checkpoint", "new", "--from", image), words);
  }

  private Path vector() throws IOException, InterruptedException {
    return Vectors.unpack(0, directory);
  }

  @Test
  void aFileThatIsNoMappedRamFile() {
    Path file = directory.resolve("memory");
    refusedImage(
        1, "mapped-ram:" + file, file.toString(), "magic", "offset 0", "0x5145564d", "QEMU");
  }

  @Test
  void aFileThatIsTooShortForAnything() throws IOException {
    Path file = Files.write(directory.resolve("short"), new byte[] {0x51, 0x45});
    refusedImage(1, "mapped-ram:" + file, "magic", "offset 0: expected 4 bytes, found 2 up to");
    Path empty = Files.write(directory.resolve("empty"), new byte[0]);
    refusedImage(1, "mapped-ram:" + empty, "an empty file");
    refusedImage(1, "raw:" + empty, "an empty file");
  }

  @Test
  void aTruncatedMappedRamFile() throws IOException, InterruptedException {
    Path image = vector();
    long whole = Files.size(image);
    VectorEdits.truncate(image, whole - 100_000);
    refusedImage(1, "mapped-ram:" + image, image.toString(), "save it again");
    VectorEdits.truncate(image, 1 << 20);
    refusedImage(
        1, "mapped-ram:" + image, "pages of pc.ram at offset 131", "within the file's 1048576");
    VectorEdits.truncate(image, 50);
    refusedImage(1, "mapped-ram:" + image, image.toString(), "up to the end of the file");
  }

  @Test
  void aMappedRamFileOfAnotherPageSize() throws IOException, InterruptedException {
    Path image = vector();
    long bitmap = VectorEdits.bitmap(0, 0);
    VectorEdits.put(image, bitmap + VectorEdits.PAGE_SIZE, VectorEdits.be64(65536));
    refusedImage(6, "mapped-ram:" + image, "page size at offset 115: expected 4096, found 65536");
  }

  @Test
  void aMappedRamFileOfAnUnknownVersion() throws IOException, InterruptedException {
    Path image = vector();
    long bitmap = VectorEdits.bitmap(0, 1);
    VectorEdits.put(image, bitmap + VectorEdits.VERSION, VectorEdits.be32(2));
    refusedImage(6, "mapped-ram:" + image, "version at offset 68157469: expected 1, found 2");
    int ramVersion = 0x54; // behind type, id, name and instance of the section at 0x47
    VectorEdits.put(image, ramVersion, VectorEdits.be32(5));
    refusedImage(6, "mapped-ram:" + image, "version of the ram section at offset 84: expected 4");
    VectorEdits.put(image, 4, VectorEdits.be32(9));
    refusedImage(
        6, "mapped-ram:" + image, "version of the stream at offset 4: expected 3, found 9");
  }

  @Test
  void aMappedRamFileWithABlockOfAnImpossibleLength() throws IOException, InterruptedException {
    Path image = vector();
    long length = VectorEdits.bitmap(0, 0) + VectorEdits.VERSION - 8;
    for (long wrong : new long[] {0, -4096, 4097, 1L << 50}) {
      VectorEdits.put(image, length, VectorEdits.be64(wrong));
      refusedImage(
          1,
          "mapped-ram:" + image,
          "length of pc.ram at offset 103: expected a multiple of 4096, at most 2199023255552",
          "found " + Long.toUnsignedString(wrong));
    }
    VectorEdits.put(image, length, VectorEdits.be64(64 << 20));
    VectorEdits.put(image, length - 7, (byte) 0);
    refusedImage(1, "mapped-ram:" + image, "RAM block name at offset 96: expected 1 to 255 bytes");
  }

  @Test
  void blocksThatDoNotFitTheFile() {
    String from = "raw:" + directory.resolve("memory");
    for (String chain : List.of("vm", "new")) {
      refused(
          1,
          List.of("checkpoint", chain, "--from", from, "--block", "a=4096", "--block", "b=8K"),
          "length at offset 0: expected 12288 bytes (a=4096, b=8192), found " + LENGTH,
          "--block NAME=LENGTH");
      refused(
          1,
          List.of("checkpoint", chain, "--from", from, "--block", "a=128K", "--block", "a=128K"),
          "stands twice");
    }
    refused(
        2, List.of("checkpoint", "vm", "--from", from, "--block", "ram"), "expected NAME=LENGTH");
    refused(2, List.of("checkpoint", "vm", "--from", from, "--block", "ram=1X"), "NAME=LENGTH");
    refused(2, List.of("checkpoint", "vm", "--from", from, "--block", "ram=100"), "whole pages");
    refused(2, List.of("checkpoint", "vm", "--from", from, "--block", "ram=99999999999G"), "2048G");
    refused(
        2,
        List.of("checkpoint", "vm", "--from", "mapped-ram:" + from, "--block", "ram=256K"),
        "name their blocks themselves");
  }

  @Test
  void aRawFileThatIsNoWholeNumberOfPages() throws IOException {
    Path file = Files.write(directory.resolve("odd"), new byte[5000]);
    refusedImage(1, "raw:" + file, "length at offset 0", "whole pages of 4096 bytes", "5000 bytes");
  }

  @Test
  void aDeltaThatDoesNotFitTheChain() throws IOException {
    Path file = directory.resolve("delta");
    try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
      out.setLength(LENGTH * 2L);
    }
    refused(
        1,
        List.of("checkpoint", "vm", "--from", "sparse:" + file),
        "expected " + LENGTH + " bytes (ram=" + LENGTH + "), found " + LENGTH * 2);
    refused(
        1,
        List.of("checkpoint", "vm", "--from", "sparse:" + file, "--block", "other=512K"),
        "expected one of the newest point's (ram=" + LENGTH + "), found other");
  }

  @Test
  void aDeltaOnAnEmptyChain() throws IOException, InterruptedException {
    String flat = directory.resolve("memory").toString();
    for (String image : List.of("sparse:" + flat, "raw:" + flat, "mapped-ram:" + vector())) {
      refused(
          1,
          List.of("checkpoint", "new", "--from", image, "--delta"),
          "chain new",
          "a whole image first",
          "--full-image");
    }
    refused(1, List.of("checkpoint", "new", "--from", "sparse:" + flat), "chain new");
  }

  @Test
  void bothKindsOfImageAtOnce() {
    String from = "raw:" + directory.resolve("memory");
    refused(
        2,
        List.of("checkpoint", "vm", "--from", from, "--delta", "--full-image"),
        "at most one of them");
  }

  @Test
  void whatIsNoRegularFile() throws IOException, InterruptedException {
    Path fifo = directory.resolve("fifo");
    assertEquals(0, new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor());
    String good = "raw:" + directory.resolve("memory");
    for (String file : List.of(directory.toString(), fifo.toString(), "/dev/zero", "/nowhere/x")) {
      for (String format : List.of("mapped-ram:", "raw:", "sparse:", "firecracker:")) {
        refused(
            1,
            List.of("checkpoint", "vm", "--from", format + file),
            file + ": image at offset 0: expected a regular file, found ");
        String wrong = format.equals("mapped-ram:") ? "device state of" : "target at offset 0";
        refused(1, List.of("restore", "vm", "--to", format + file), file + ": " + wrong);
      }
      refused(
          1,
          List.of("checkpoint", "vm", "--from", good, "--device-state", file),
          file + ": image at offset 0: expected a regular file, found ");
      Path never = directory.resolve("never");
      refused(1, List.of("restore", "vm", "--to", "raw:" + never, "--device-state", file), file);
      assertFalse(Files.exists(never), "memory without its device state");
    }
  }

  @Test
  void aChainNameThatIsAPath() {
    String from = "raw:" + directory.resolve("memory");
    for (String name : List.of("a/b", "../vm", "..", ".", "/abs", "")) {
      String says = "chain name '" + name + "'";
      refused(2, List.of("checkpoint", name, "--from", from), says);
      refused(2, List.of("list", name), says);
      refused(2, List.of("fork", "vm@0", name), says);
    }
    assertFalse(Files.exists(directory.resolve("vm")));
  }

  @Test
  void aFormatThatNobodyKnows() {
    String file = directory.resolve("memory").toString();
    for (String image : List.of("qcow2:" + file, file, "raw:", "RAW:" + file)) {
      refused(2, List.of("checkpoint", "vm", "--from", image), "expected mapped-ram:PATH, raw:");
      refused(2, List.of("restore", "vm", "--to", image), "expected mapped-ram:PATH, raw:");
    }
  }

  @Test
  void aPointThatHasNoDeviceState() {
    Path never = directory.resolve("never");
    refused(
        1,
        List.of("restore", "vm", "--to", "raw:" + never, "--device-state", never + ".state"),
        "a section device-state, found none",
        "without --device-state");
    assertFalse(Files.exists(never));
    refused(
        2,
        List.of("restore", "vm", "--to", "raw:" + never, "--device-state", never.toString()),
        "another file");
    refused(1, List.of("restore", "vm", "--to", "mapped-ram:" + never), "restore it --to raw:PATH");
    assertFalse(Files.exists(never));
  }

  @Test
  void aDeviceStateThatIsTooLong() throws IOException {
    Path state = directory.resolve("state");
    try (RandomAccessFile out = new RandomAccessFile(state.toFile(), "rw")) {
      out.setLength(1L << 40);
    }
    refused(
        1,
        List.of(
            "checkpoint",
            "vm",
            "--from",
            "raw:" + directory.resolve("memory"),
            "--device-state",
            state.toString()),
        "device state at offset 0: expected at most 134217728 bytes");
  }
}
