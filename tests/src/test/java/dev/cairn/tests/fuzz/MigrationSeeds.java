package dev.cairn.tests.fuzz;

import dev.cairn.tools.migration.ColoMessage;
import dev.cairn.tools.migration.ReturnPath;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** Makes the inputs of {@link MigrationStreamTarget} and {@link ReturnPathTarget}, by hand. */
final class MigrationSeeds {
  private static final long PAGE = 4096;
  private static final int RAM = 2;
  private static final String JSON =
      """
      {"page_size": 4096, "devices": [{"name": "timer", "instance_id": 0, "version": 2, "fields": [\
      {"name": "t", "size": 8}]}, {"name": "x", "instance_id": 1, "fields": [{"name": "a", \
      "array_len": 4, "size": 3}], "subsections": [{"vmsd_name": "x/y", "fields": [\
      {"name": "b", "size": 2}]}]}]}""";

  /** What stands at one place of a stream. */
  private interface Part {
    void write(DataOutputStream out) throws IOException;
  }

  private MigrationSeeds() {}

  static SortedMap<String, byte[]> all() throws IOException {
    return new TreeMap<>(
        Map.ofEntries(
            Map.entry("migration-stream/seed-live", stream(0, MigrationSeeds::live)),
            Map.entry("migration-stream/seed-shared", stream(0, MigrationSeeds::shared)),
            Map.entry("migration-stream/seed-colo", stream(0, MigrationSeeds::colo)),
            Map.entry(
                "migration-stream/seed-colo-as-it-is",
                stream(MigrationStreamTarget.KEEP_LENGTHS, MigrationSeeds::colo)),
            Map.entry(
                "migration-stream/says-2-tib",
                stream(MigrationStreamTarget.KEEP_LENGTHS, MigrationSeeds::large)),
            Map.entry(
                "migration-stream/many-blocks",
                stream(MigrationStreamTarget.KEEP_LENGTHS, MigrationSeeds::manyBlocks)),
            Map.entry(
                "migration-stream/many-descriptions",
                stream(MigrationStreamTarget.KEEP_LENGTHS, MigrationSeeds::manyDescriptions)),
            Map.entry("return-path/seed-all", bytes(MigrationSeeds::answers)),
            Map.entry(
                "return-path/bitmap-that-is-cut", bytes(out -> bitmap(out, "pc.ram", 2048)))));
  }

  private static byte[] bytes(Part part) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      part.write(out);
    }
    return bytes.toByteArray();
  }

  private static byte[] stream(int switches, Part part) throws IOException {
    return bytes(
        out -> {
          out.writeByte(switches);
          part.write(out);
        });
  }

  private static void name(DataOutputStream out, String name) throws IOException {
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    out.writeByte(bytes.length);
    out.write(bytes);
  }

  private static void head(DataOutputStream out) throws IOException {
    out.writeInt(0x5145564d);
    out.writeInt(3);
    out.writeByte(7);
    out.writeInt(2);
    out.writeBytes("pc");
  }

  private static void subsection(DataOutputStream out, String name) throws IOException {
    out.writeByte(5);
    name(out, name);
    out.writeInt(1);
  }

  private static void command(DataOutputStream out, int command, int... data) throws IOException {
    out.writeByte(8);
    out.writeShort(command);
    out.writeShort(4 * data.length);
    for (int word : data) {
      out.writeInt(word);
    }
  }

  private static void ramStart(DataOutputStream out, long total) throws IOException {
    out.writeByte(1);
    out.writeInt(RAM);
    name(out, "ram");
    out.writeInt(0);
    out.writeInt(4);
    out.writeLong(total | 4);
  }

  private static void section(DataOutputStream out, int type) throws IOException {
    out.writeByte(type);
    out.writeInt(RAM);
  }

  private static void eos(DataOutputStream out) throws IOException {
    out.writeLong(0x10);
    out.writeByte(0x7e);
    out.writeInt(RAM);
  }

  private static void page(DataOutputStream out, String block, long page) throws IOException {
    out.writeLong(page * PAGE | (block.isEmpty() ? 0x28 : 8));
    if (!block.isEmpty()) {
      name(out, block);
    }
    out.write(MigrationStreamTarget.PAGE);
    out.writeByte((int) page);
  }

  private static void zero(DataOutputStream out, String block, long page) throws IOException {
    out.writeLong(page * PAGE | (block.isEmpty() ? 0x22 : 2));
    if (!block.isEmpty()) {
      name(out, block);
    }
    out.writeByte(0);
  }

  private static void twoBlocks(DataOutputStream out) throws IOException {
    ramStart(out, 67 * PAGE);
    name(out, "pc.ram");
    out.writeLong(64 * PAGE);
    name(out, "r");
    out.writeLong(3 * PAGE);
    eos(out);
    section(out, 2);
    zero(out, "pc.ram", 0);
    page(out, "", 63);
    page(out, "r", 2);
    eos(out);
  }

  private static byte[] devices() throws IOException {
    return bytes(
        out -> {
          full(out, 0, "timer", 0);
          out.writeLong(1);
          footer(out, 0);
          full(out, 5, "x", 1);
          out.write(new byte[12]);
          subsection(out, "x/y");
          out.writeShort(6);
          footer(out, 5);
          out.writeByte(0);
        });
  }

  private static void full(DataOutputStream out, int id, String name, int instance)
      throws IOException {
    out.writeByte(4);
    out.writeInt(id);
    name(out, name);
    out.writeInt(instance);
    out.writeInt(1);
  }

  private static void footer(DataOutputStream out, int id) throws IOException {
    out.writeByte(0x7e);
    out.writeInt(id);
  }

  private static void state(DataOutputStream out) throws IOException {
    out.write(devices());
    out.writeByte(6);
    out.writeInt(JSON.length());
    out.writeBytes(JSON);
  }

  private static void live(DataOutputStream out) throws IOException {
    head(out);
    command(out, 1);
    command(out, 2, 1);
    twoBlocks(out);
    section(out, 2);
    zero(out, "", 1);
    eos(out);
    command(out, 11);
    section(out, 3);
    eos(out);
    state(out);
  }

  private static void shared(DataOutputStream out) throws IOException {
    head(out);
    subsection(out, "configuration/capabilities");
    out.writeInt(1);
    name(out, "x-ignore-shared");
    subsection(out, "configuration/uuid");
    out.write(new byte[16]);
    subsection(out, "configuration/target-page-bits");
    out.writeInt(12);
    ramStart(out, 2 * PAGE);
    for (String block : new String[] {"m", "rom"}) {
      name(out, block);
      out.writeLong(PAGE);
      out.writeLong(0xfffff000L);
    }
    eos(out);
    section(out, 3);
    zero(out, "rom", 0);
    eos(out);
    state(out);
  }

  private static void colo(DataOutputStream out) throws IOException {
    head(out);
    command(out, 8);
    twoBlocks(out);
    section(out, 3);
    eos(out);
    state(out);
    for (int i = 0; i < 2; i++) {
      out.write(MigrationStreamTarget.SILENCE);
      out.writeInt(ColoMessage.CHECKPOINT_REQUEST);
      out.writeInt(ColoMessage.VMSTATE_SEND);
      command(out, 11);
      section(out, 3);
      zero(out, "", 1);
      page(out, "pc.ram", 7);
      eos(out);
      out.writeByte(0);
      out.writeInt(ColoMessage.VMSTATE_SIZE);
      out.writeLong(devices().length);
      out.write(devices());
    }
  }

  /** A page here and there of the most RAM that there may be. */
  private static void large(DataOutputStream out) throws IOException {
    head(out);
    ramStart(out, 1L << 41);
    name(out, "m");
    out.writeLong(1L << 41);
    eos(out);
    section(out, 2);
    for (long page = 0; page < 64; page++) {
      zero(out, "m", page << 22);
    }
    eos(out);
  }

  private static void manyBlocks(DataOutputStream out) throws IOException {
    head(out);
    ramStart(out, 600 * PAGE);
    for (int block = 0; block < 600; block++) {
      name(out, Integer.toString(block, 36));
      out.writeLong(PAGE);
    }
    eos(out);
  }

  /** Descriptions that lead nowhere, as a guest may have them in a device. */
  private static void manyDescriptions(DataOutputStream out) throws IOException {
    head(out);
    twoBlocks(out);
    section(out, 3);
    eos(out);
    full(out, 0, "timer", 0);
    for (int i = 0; i < 64; i++) {
      String json =
          "{\"page_size\": 4096, \"devices\": [{\"name\": \"timer\", \"fields\": [{\"size\": %4d}]}]}"
              .formatted(i * 70);
      out.writeByte(0);
      out.writeByte(6);
      out.writeInt(json.length());
      out.writeBytes(json);
    }
  }

  private static void bitmap(DataOutputStream out, String block, int bytes) throws IOException {
    out.writeShort(5);
    out.writeShort(1 + block.length());
    name(out, block);
    out.writeLong(bytes);
  }

  private static void answers(DataOutputStream out) throws IOException {
    out.write(ReturnPath.pong(1));
    out.writeShort(3);
    out.writeShort(0x13);
    out.writeLong(0xc0000);
    out.writeInt((int) PAGE);
    name(out, "pc.ram");
    out.writeShort(4);
    out.writeShort(12);
    out.writeLong(16383 * PAGE);
    out.writeInt((int) PAGE);
    bitmap(out, "r", 8);
    out.writeLong(0x0500_0000_0000_0000L);
    out.writeLong(0x0123456789abcdefL);
    out.writeShort(6);
    out.writeShort(4);
    out.writeInt(1);
    out.writeShort(7);
    out.writeShort(0);
    out.write(ReturnPath.shut(0));
  }
}
