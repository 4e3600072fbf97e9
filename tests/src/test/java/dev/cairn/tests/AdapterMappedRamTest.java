package dev.cairn.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What QEMU's mapped-ram files may look like: as deltas, and behind libvirt's header. */
class AdapterMappedRamTest {
  private static final int BASE = 128 << 10;

  private final Path directory;
  private final Cli cairn;

  AdapterMappedRamTest(@TempDir Path directory) {
    this.directory = directory;
    this.cairn = new Cli(directory.resolve("store"));
  }

  @BeforeEach
  void init() {
    cairn.run(0, "init");
  }

  /** Makes libvirt's header, as its struct lies in memory on some host. */
  private static ByteBuffer header(String magic, int version, int format, ByteOrder order) {
    ByteBuffer header = ByteBuffer.allocate(92).order(order);
    header.put(magic.getBytes(StandardCharsets.ISO_8859_1));
    header.putInt(version).putInt(BASE - 92).putInt(1).putInt(format).putInt(0);
    return header.rewind();
  }

  private Path libvirt(ByteBuffer header) throws IOException, InterruptedException {
    return VectorEdits.libvirt(0, Vectors.unpack(0, directory), header, BASE);
  }

  private void restores(String point, int n) throws IOException {
    Path restored = directory.resolve("restored");
    cairn.run(0, "restore", point, "--to", "mapped-ram:" + restored);
    Vectors.check(n, restored);
  }

  @Test
  void clearedBitsOfADeltaAreUnchangedPages() throws IOException, InterruptedException {
    Path before = Vectors.unpack(0, directory);
    Path after = Vectors.unpack(1, directory);
    cairn.run(0, "checkpoint", "vm", "--from", "mapped-ram:" + before);
    int set = 0;
    for (JsonNode block : Vectors.facts(1).get("blocks")) {
      int pages = block.get("pages").asInt();
      byte[] bitmap = new byte[(pages + 63) / 64 * 8];
      for (int page = 0; page < pages; page++) {
        long offset = block.get("pages_offset").asLong() + page * 4096L;
        if (!Arrays.equals(
            VectorEdits.get(before, offset, 4096), VectorEdits.get(after, offset, 4096))) {
          bitmap[page / 8] |= (byte) (1 << page % 8);
          set++;
        }
      }
      VectorEdits.put(after, block.get("bitmap_offset").asLong(), bitmap);
    }
    assertEquals(65, set);
    Cli.Said said = cairn.run(0, "checkpoint", "vm", "--from", "mapped-ram:" + after, "--delta");
    assertTrue(said.out().startsWith("vm@1: 65 pages"), said.out());
    restores("vm@1", 1);
    restores("vm@0", 0);
    cairn.run(0, "verify");
  }

  @Test
  void anImageBehindLibvirtsHeaderIsRead() throws IOException, InterruptedException {
    Path image = libvirt(header("LibvirtQemudSave", 2, 6, ByteOrder.LITTLE_ENDIAN));
    Vectors.check(0, image);
    cairn.run(0, "checkpoint", "vm", "--from", "mapped-ram:" + image);
    restores("vm", 0);
  }

  @Test
  void libvirtsHeaderOfAnotherByteOrderIsRead() throws IOException, InterruptedException {
    Vectors.check(0, libvirt(header("LibvirtQemudSave", 2, 6, ByteOrder.BIG_ENDIAN)));
  }

  /** As after {@code migrate file:PATH,offset=N}; what stands before it is somebody else's. */
  @Test
  void aStreamWithinAFileIsRead() throws IOException, InterruptedException {
    Path image = libvirt(ByteBuffer.wrap("somebody else's".getBytes(StandardCharsets.UTF_8)));
    refused(image, "magic of a migration stream at offset 0");
    cairn.run(0, "checkpoint", "vm", "--from", "mapped-ram:" + image + ",offset=" + BASE);
    restores("vm", 0);
    String hex = "mapped-ram:" + image + ",offset=0x" + Integer.toHexString(BASE);
    assertEquals(0, cairn.json(0, "checkpoint", "vm", "--from", hex).get("pages").asInt());
    for (long wrong : new long[] {0, BASE + 1, 1L << 40, 999_999_999_999_999_999L}) {
      String from = "mapped-ram:" + image + ",offset=" + wrong;
      String errors = cairn.run(1, "checkpoint", "vm", "--from", from).errors();
      assertTrue(errors.contains("magic of a migration stream at offset " + wrong), errors);
    }
    Path out = directory.resolve("out");
    cairn.run(2, "restore", "vm", "--to", "mapped-ram:" + out + ",offset=" + BASE);
    assertFalse(Files.exists(out));
  }

  @Test
  void anUnfinishedLibvirtImageIsBadInput() throws IOException, InterruptedException {
    Path image = libvirt(header("LibvirtQemudPart", 2, 6, ByteOrder.LITTLE_ENDIAN));
    Cli.Said said = cairn.run(1, "checkpoint", "vm", "--from", "mapped-ram:" + image);
    assertTrue(said.errors().contains("libvirt did not finish it"), said.errors());
  }

  @Test
  void otherLibvirtFormatsAreRefused() throws IOException, InterruptedException {
    for (ByteBuffer header :
        new ByteBuffer[] {
          header("LibvirtQemudSave", 2, 0, ByteOrder.LITTLE_ENDIAN),
          header("LibvirtQemudSave", 3, 6, ByteOrder.LITTLE_ENDIAN)
        }) {
      Cli.Said said = cairn.run(6, "checkpoint", "vm", "--from", "mapped-ram:" + libvirt(header));
      assertTrue(said.errors().contains("version 2, format 6"), said.errors());
    }
  }

  @Test
  void aHeaderThatPointsBehindTheFileIsBadInput() throws IOException, InterruptedException {
    ByteBuffer header = header("LibvirtQemudSave", 2, 6, ByteOrder.LITTLE_ENDIAN);
    header.putInt(20, 0x7fff_ffff);
    cairn.run(1, "checkpoint", "vm", "--from", "mapped-ram:" + libvirt(header));
  }

  /** Runs a checkpoint of an image that is no sound one; nothing of it is stored. */
  private void refused(Path image, String... words) {
    Cli.Said said = cairn.run(1, "checkpoint", "vm", "--from", "mapped-ram:" + image);
    assertEquals(1, said.errors().lines().count(), said.errors());
    for (String word : words) {
      assertTrue(said.errors().contains(word), () -> "'" + word + "' in: " + said.errors());
    }
  }

  @Test
  void aFileCutWithinItsDeviceStateIsBadInput() throws IOException, InterruptedException {
    Path image = Vectors.unpack(0, directory);
    long length = Files.size(image);
    long devices = length - Vectors.facts(0).get("vmdesc_bytes").asLong();
    long cut = devices - 1000;
    while (VectorEdits.get(image, cut - 1, 1)[0] != 0) {
      cut--;
    }
    VectorEdits.truncate(image, cut);
    refused(image, "VM description at offset " + cut, "cut short", "suppress-vmdesc=on");
  }

  @Test
  void aStreamWithoutConfigurationIsBadInput() throws IOException, InterruptedException {
    Path image = Vectors.unpack(0, directory);
    JsonNode first = Vectors.facts(0).get("blocks").get(0);
    int ramAt = (int) first.get("bitmap_offset").asLong() - 28 - 8 - 7 - 8 - 17;
    assertEquals(1, VectorEdits.get(image, ramAt, 1)[0], "section start");
    command(image, 8, ramAt);
    refused(image, "ram section", "the configuration first");
  }

  @Test
  void aSecondConfigurationIsBadInput() throws IOException, InterruptedException {
    Path image = Vectors.unpack(0, directory);
    byte[] configuration = VectorEdits.get(image, 8, 63);
    JsonNode last = Vectors.facts(0).get("blocks").get(5);
    long from = last.get("pages_offset").asLong() + last.get("length").asLong() + 13;
    byte[] tail = VectorEdits.get(image, from, (int) (Files.size(image) - from));
    VectorEdits.put(image, from, configuration);
    VectorEdits.put(image, from + configuration.length, tail);
    refused(image, "configuration", "a second one");
  }

  /** Puts a command that says nothing over some of the stream. */
  private static void command(Path image, long from, long to) throws IOException {
    int length = (int) (to - from) - 5;
    byte[] command = {8, 0, 11, (byte) (length >> 8), (byte) length};
    VectorEdits.put(image, from, command);
  }

  @Test
  void partsThatOverlapAreBadInput() throws IOException, InterruptedException {
    Path image = Vectors.unpack(0, directory);
    long field = VectorEdits.bitmap(0, 1) + VectorEdits.BITMAP_OFFSET;
    byte[] own = VectorEdits.get(image, field, 8);
    long pages = Vectors.facts(0).get("blocks").get(0).get("pages_offset").asLong();
    for (long other : new long[] {VectorEdits.bitmap(0, 0), pages, 80}) {
      VectorEdits.put(image, field, VectorEdits.be64(other));
      refused(image, "bytes of its own", "which ends at");
    }
    VectorEdits.put(image, field, own);
    Vectors.check(0, image);
  }

  /** So that a small file would stand for much memory: a block's pages are another's, too. */
  @Test
  void pagesOfTwoBlocksAreBadInput() throws IOException, InterruptedException {
    Path image = Vectors.unpack(0, directory);
    JsonNode blocks = Vectors.facts(0).get("blocks");
    long pages = blocks.get(0).get("pages_offset").asLong();
    long end = blocks.get(1).get("pages_offset").asLong() + blocks.get(1).get("length").asLong();
    long bitmap = VectorEdits.bitmap(0, 1);
    VectorEdits.put(image, bitmap - 36, VectorEdits.be64(end - pages));
    VectorEdits.put(image, bitmap + VectorEdits.PAGES_OFFSET, VectorEdits.be64(pages));
    long total = end - pages - blocks.get(1).get("length").asLong();
    for (JsonNode block : blocks) {
      total += block.get("length").asLong();
    }
    long sumAt = VectorEdits.bitmap(0, 0) - 28 - 8 - 7 - 8;
    VectorEdits.put(image, sumAt, VectorEdits.be64(total | 4));
    refused(image, "bytes of its own", "pages of pc.ram");
  }
}
