package dev.cairn.tests;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cairn.chain.Environment;
import dev.cairn.chain.Store;
import dev.cairn.store.io.FileSystemDirectory;
import dev.cairn.store.io.FileSystemOptions;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Flat images: raw, sparse and Firecracker's, in and out, as whole images and as deltas. */
class AdapterTest {
  private static final int PAGE = 4096;
  private static final int PAGES = 3000;

  private final Path directory;
  private final Cli cairn;
  private final Random random = new Random(7);

  AdapterTest(@TempDir Path directory) {
    this.directory = directory;
    this.cairn = new Cli(directory.resolve("store"));
  }

  @BeforeEach
  void init() {
    cairn.run(0, "init");
  }

  /** Some memory of a machine: half of its pages are zero. */
  private byte[] memory() {
    byte[] memory = new byte[PAGES * PAGE];
    for (int page = 0; page < PAGES; page++) {
      if (page / 7 % 2 == 0) {
        dirty(memory, page);
      }
    }
    return memory;
  }

  private void dirty(byte[] memory, int page) {
    byte[] content = new byte[PAGE];
    random.nextBytes(content);
    System.arraycopy(content, 0, memory, page * PAGE, PAGE);
  }

  /** Writes a file with these pages of some memory, and holes elsewhere. */
  private Path sparse(String name, byte[] memory, int... pages) throws IOException {
    Path file = directory.resolve(name);
    try (FileChannel out =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      for (int page : pages) {
        out.write(ByteBuffer.wrap(memory, page * PAGE, PAGE), (long) page * PAGE);
      }
    }
    try (var whole = new RandomAccessFile(file.toFile(), "rw")) {
      whole.setLength(memory.length);
    }
    return file;
  }

  private Path raw(String name, byte[] memory) throws IOException {
    return Files.write(directory.resolve(name), memory);
  }

  private void restores(String point, byte[] memory) throws IOException {
    Path out = directory.resolve("restored");
    cairn.run(0, "restore", point, "--to", "raw:" + out);
    assertArrayEquals(memory, Files.readAllBytes(out), point);
  }

  private static long allocatedBytes(Path file) throws IOException, InterruptedException {
    Process stat =
        new ProcessBuilder("stat", "-c", "%b", file.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (var reader = stat.inputReader()) {
      long bytes = Long.parseLong(reader.readLine()) * 512;
      assertEquals(0, stat.waitFor());
      return bytes;
    }
  }

  @Test
  void aRawFileComesBackByteForByteAndSparse() throws IOException, InterruptedException {
    byte[] memory = memory();
    cairn.run(0, "checkpoint", "vm", "--from", "raw:" + raw("a", memory));
    dirty(memory, 0);
    Arrays.fill(memory, 14 * PAGE, 15 * PAGE, (byte) 0);
    cairn.run(0, "checkpoint", "vm", "--from", "raw:" + raw("b", memory));
    restores("vm", memory);
    restores("vm@0", Files.readAllBytes(directory.resolve("a")));
    Path out = directory.resolve("restored");
    assertTrue(allocatedBytes(out) < memory.length * 6L / 10, "zero pages are holes");
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(out)));
    cairn.run(0, "verify");
  }

  @Test
  void aZeroPageAtTheEndIsAHole() throws IOException, InterruptedException {
    byte[] memory = new byte[PAGES * PAGE];
    dirty(memory, 0);
    cairn.run(0, "checkpoint", "vm", "--from", "raw:" + raw("a", memory));
    restores("vm", memory);
    assertEquals(PAGE, allocatedBytes(directory.resolve("restored")));
  }

  @Test
  void holesOfADeltaAreUnchangedAndWrittenZerosAreZeros() throws IOException {
    byte[] memory = memory();
    cairn.run(0, "checkpoint", "vm", "--from", "raw:" + raw("base", memory));
    for (int page : new int[] {0, 1, 2, 1500, PAGES - 1}) {
      dirty(memory, page);
    }
    Arrays.fill(memory, 1501 * PAGE, 1502 * PAGE, (byte) 0);
    Path delta = sparse("delta", memory, 0, 1, 2, 1500, 1501, PAGES - 1);
    Cli.Said said = cairn.run(0, "checkpoint", "vm", "--from", "sparse:" + delta);
    assertEquals("", said.errors());
    assertTrue(said.out().startsWith("vm@1: 6 pages"), said.out());
    restores("vm", memory);
    Cli.Said again = cairn.run(0, "checkpoint", "vm", "--from", "raw:" + delta, "--delta");
    assertTrue(again.out().startsWith("vm@2: 6 pages"), again.out());
    restores("vm", memory);
    cairn.run(0, "verify");
  }

  @Test
  void aSparseFileWithFullImageHasZerosInItsHoles() throws IOException {
    byte[] memory = memory();
    byte[] expected = new byte[memory.length];
    System.arraycopy(memory, 0, expected, 0, 5 * PAGE);
    Path image = sparse("image", memory, 0, 1, 2, 3, 4);
    cairn.run(0, "checkpoint", "vm", "--from", "sparse:" + image, "--full-image");
    restores("vm", expected);
    cairn.run(0, "checkpoint", "vm", "--from", "raw:" + raw("other", memory));
    cairn.run(0, "checkpoint", "vm", "--from", "sparse:" + image, "--full-image");
    restores("vm", expected);
  }

  @Test
  void aDeltaWithoutHolesIsStoredWithAWarning() throws IOException {
    byte[] memory = memory();
    cairn.run(0, "checkpoint", "vm", "--from", "raw:" + raw("base", memory));
    Cli.Said said =
        cairn.run(0, "checkpoint", "vm", "--from", "sparse:" + directory.resolve("base"));
    assertTrue(said.errors().contains("without any hole"), said.errors());
    restores("vm", memory);
  }

  @Test
  void severalBlocksInOneFileKeepTheirNamesAndPlaces() throws IOException {
    byte[] memory = memory();
    String first = "--block=pc.ram=4M";
    String second = "--block=/rom@etc/acpi tables=" + (memory.length - (4 << 20));
    cairn.run(0, "checkpoint", "vm", "--from", "raw:" + raw("a", memory), first, second);
    Path out = directory.resolve("out");
    Cli.Said said = cairn.run(0, "restore", "vm", "--to", "raw:" + out);
    assertTrue(
        said.out().contains("--block pc.ram=4194304 --block '/rom@etc/acpi tables=8093696'"),
        said.out());
    assertArrayEquals(memory, Files.readAllBytes(out));
    dirty(memory, 1023);
    dirty(memory, 1024);
    Path delta = sparse("delta", memory, 1023, 1024);
    cairn.run(0, "checkpoint", "vm", "--from", "sparse:" + delta);
    restores("vm", memory);
    JsonNode shown = new ObjectMapper().readTree(cairn.run(0, "--json", "show", "vm@1").out());
    assertEquals("pc.ram", shown.get("blocks").get(0).get("name").asText());
    assertEquals(2, shown.get("pages").asInt());
  }

  @Test
  void aFirecrackerSnapshotWithItsDiffsAndStateComesBack() throws IOException {
    byte[] memory = memory();
    byte[] state = new byte[50_000];
    random.nextBytes(state);
    Path vmstate = Files.write(directory.resolve("vmstate"), state);
    String from = "firecracker:" + raw("mem", memory);
    Cli.Said full =
        cairn.run(0, "checkpoint", "vm", "--from", from, "--device-state", vmstate.toString());
    assertEquals("", full.errors());
    dirty(memory, 77);
    Path diff = sparse("diff", memory, 77);
    state[5]++;
    Files.write(vmstate, state);
    cairn.run(
        0,
        "checkpoint",
        "vm",
        "--from",
        "firecracker:" + diff,
        "--delta",
        "--device-state",
        vmstate.toString());
    Path out = directory.resolve("out");
    Path stateOut = directory.resolve("state-out");
    JsonNode said =
        new ObjectMapper()
            .readTree(
                cairn
                    .run(
                        0,
                        "--json",
                        "restore",
                        "vm",
                        "--to",
                        "firecracker:" + out,
                        "--device-state",
                        stateOut.toString())
                    .out());
    assertEquals(stateOut.toString(), said.get("deviceState").asText());
    assertEquals("ram", said.get("blocks").get(0).get("name").asText());
    assertArrayEquals(memory, Files.readAllBytes(out));
    assertArrayEquals(state, Files.readAllBytes(stateOut));
    assertEquals(
        "rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(stateOut)));
    Cli.Said warned = cairn.run(0, "checkpoint", "other", "--from", "firecracker:" + diff);
    assertTrue(warned.errors().contains("of a diff snapshot, give --delta"), warned.errors());
  }

  @Test
  void aRealGuestGoesThroughRawAndBack() throws IOException, InterruptedException {
    for (int n = 0; n < 2; n++) {
      cairn.run(0, "checkpoint", "vm", "--from", "mapped-ram:" + Vectors.unpack(n, directory));
    }
    Path flat = directory.resolve("flat");
    String options = cairn.run(0, "restore", "vm@1", "--to", "raw:" + flat).out();
    cairn.run(0, "checkpoint", "vm", "--from", "raw:" + flat);
    Cli.Said diff = cairn.run(0, "--json", "diff", "vm@1", "vm@2");
    JsonNode blocks = new ObjectMapper().readTree(diff.out()).get("blocks");
    assertEquals(6, blocks.size());
    blocks.forEach(block -> assertEquals(0, block.get("pages").asLong(), block.toString()));
    assertEquals(6, options.split("--block ", -1).length - 1, options);
  }

  @Test
  void anExtentThatBeginsOrEndsWithinAPageIsTheWholePage() throws IOException {
    FileSystemDirectory root =
        FileSystemDirectory.open(directory.resolve("store"), FileSystemOptions.standard());
    Environment environment =
        new Environment(Clock.systemUTC(), new SecureRandom(), Duration.ofSeconds(5));
    try (Store store = Store.open(root, environment)) {
      store.create("big", 4 * PAGE).close();
    }
    byte[] memory = memory();
    cairn.run(0, "checkpoint", "big", "--from", "raw:" + raw("base", memory));
    byte[] expected = memory.clone();
    for (int page : new int[] {5, 8, 9, 10, 11, 18, 19, 20}) {
      dirty(memory, page);
      System.arraycopy(memory, page * PAGE, expected, page * PAGE, PAGE);
    }
    for (int page : new int[] {4, 6, 7, 16, 17, 21, 22, 23}) {
      Arrays.fill(expected, page * PAGE, (page + 1) * PAGE, (byte) 0);
    }
    Path delta = sparse("delta", memory, 5, 8, 9, 10, 11, 18, 19, 20);
    Cli.Said said = cairn.run(0, "checkpoint", "big", "--from", "sparse:" + delta);
    assertTrue(said.out().startsWith("big@1: 4 pages"), said.out());
    restores("big", expected);
    assertTrue(cairn.run(0, "verify").errors().isEmpty());
  }

  /** Cut at a page, it has nothing that tells; who names the block's new length means it. */
  @Test
  void aFileThatIsShorterThanTheMachineWasIsToldOf() throws IOException {
    byte[] memory = memory();
    cairn.run(0, "checkpoint", "vm", "--from", "raw:" + raw("whole", memory));
    Path cut = raw("cut", Arrays.copyOf(memory, PAGE * 100));
    String warned = cairn.run(0, "checkpoint", "vm", "--from", "raw:" + cut).errors();
    assertTrue(
        warned.startsWith(
            "cairn: warning: %s: length: expected %d bytes".formatted(cut, memory.length)),
        warned);
    assertTrue(warned.endsWith("was it cut short?\n"), warned);
    assertEquals("", cairn.run(0, "checkpoint", "vm", "--from", "raw:" + cut).errors());
    assertEquals(
        "",
        cairn.run(0, "checkpoint", "vm", "--from", "raw:" + directory.resolve("whole")).errors());
    String named = "ram=" + PAGE * 100;
    assertEquals(
        "", cairn.run(0, "checkpoint", "vm", "--from", "raw:" + cut, "--block", named).errors());
  }
}
