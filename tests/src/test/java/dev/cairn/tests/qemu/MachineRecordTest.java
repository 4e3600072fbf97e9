package dev.cairn.tests.qemu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cairn.tools.qmp.MachineDifference;
import dev.cairn.tools.qmp.MachineRecord;
import dev.cairn.tools.qmp.Qmp;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What real QEMUs say of themselves, and how they differ. */
class MachineRecordTest {
  private final Path directory;

  MachineRecordTest(@TempDir Path directory) {
    this.directory = directory;
  }

  private static MachineRecord record(GuestSetup setup) throws IOException, InterruptedException {
    try (Guest guest = setup.start();
        Qmp qmp = guest.qmp()) {
      MachineRecord record = MachineRecord.read(qmp, Guest.PATIENCE);
      MachineRecord parsed = MachineRecord.parse(record.bytes());
      assertArrayEquals(record.bytes(), parsed.bytes());
      assertArrayEquals(record.bytes(), MachineRecord.read(qmp, Guest.PATIENCE).bytes());
      assertEquals(List.of(), record.differences(parsed));
      return parsed;
    }
  }

  /** Two vCPUs, a disk, a network card. */
  private GuestSetup machine(String version) throws IOException {
    Path disk = directory.resolve("disk.raw");
    if (!Files.exists(disk)) {
      Files.write(disk, new byte[1 << 20]);
    }
    return Guest.of(version)
        .cpus(2)
        .options("-drive", "file=" + disk + ",format=raw,if=none,id=d")
        .options("-device", "virtio-blk-pci,drive=d,id=disk0")
        .options("-netdev", "user,id=n")
        .options("-device", "virtio-net-pci,netdev=n,mac=52:54:00:12:34:57");
  }

  @ParameterizedTest
  @ValueSource(strings = {"qemu10", "qemu11"})
  void allThatIsAskedForIsThere(String version) throws IOException, InterruptedException {
    Path memory = directory.resolve("memory");
    MachineRecord record =
        record(
            machine(version)
                .sharedFile(memory)
                .options("-uuid", "11111111-2222-3333-4444-555555555555")
                .options("-device", "vmgenid,guid=324e6eaf-d1d1-4bf6-bf41-b9bb6c91fb87")
                .options("-object", "secret,id=sec0,data=hunter2"));
    assertEquals(List.of(), record.unknown());
    JsonNode json = record.json();
    assertTrue(json.path("qemu").path("version").asText().startsWith(version.substring(4)));
    assertEquals("pc-q35-10.0", json.path("machine").asText());
    assertEquals("x86_64", json.path("arch").asText());
    assertEquals("tcg", json.path("accelerator").asText());
    assertEquals(2, json.path("cpus").size());
    assertEquals(1, json.path("cpuModels").size());
    JsonNode model = json.path("cpuModels").path(0);
    assertEquals("qemu64-x86_64-cpu", model.path("type").asText());
    assertTrue(model.path("features").path("CPUID.01H:EDX").asLong() != 0, model.toString());
    assertEquals(64 << 20, json.path("memoryBytes").asLong());
    JsonNode main = find(json.path("ram"), "block", "m");
    assertEquals(4096, main.path("pageBytes").asLong());
    assertEquals(64 << 20, main.path("usedBytes").asLong());
    assertFalse(main.path("readOnly").asBoolean());
    assertEquals("memory-backend-file", main.path("backend").path("type").asText());
    assertEquals(memory.toString(), main.path("backend").path("path").asText());
    assertTrue(main.path("backend").path("share").asBoolean());
    assertTrue(find(json.path("ram"), "block", "pc.bios").path("readOnly").asBoolean());
    assertEquals("11111111-2222-3333-4444-555555555555", json.path("uuid").asText());
    assertTrue(record.hasGenerationId());
    assertEquals("324e6eaf-d1d1-4bf6-bf41-b9bb6c91fb87", json.path("vmgenid").asText());
    assertEquals("disk0", find(json.path("devices"), "type", "virtio-blk-pci").path("id").asText());
    assertEquals("52:54:00:12:34:57", json.path("nics").path(0).path("mac").asText());
    String disk = directory.resolve("disk.raw").toString();
    assertEquals("raw", find(json.path("blocks"), "file", disk).path("driver").asText());
    String text = new String(record.bytes(), StandardCharsets.UTF_8);
    assertFalse(text.contains("hunter2"), "secrets are blanked");
    assertTrue(record.commandLine().contains("'secret,id=sec0,data=***'"), record.commandLine());
    assertTrue(record.commandLine().endsWith(" -incoming {incoming}"), record.commandLine());
    System.out.println(version + ": " + text.length() + " bytes: " + text);
  }

  private static JsonNode find(JsonNode list, String key, String value) {
    for (JsonNode each : list) {
      if (each.path(key).asText().equals(value)) {
        return each;
      }
    }
    throw new AssertionError(key + " " + value + " is not in " + list);
  }

  /** QEMU itself takes the state into most of these, and the guest runs on wrongly. */
  @ParameterizedTest
  @ValueSource(strings = {"qemu10", "qemu11"})
  void otherMachinesAreToldApart(String version) throws IOException, InterruptedException {
    MachineRecord record = record(machine(version));
    assertDifference(record, machine(version).cpu("Nehalem"), "model of vCPU 0");
    assertDifference(record, machine(version).cpu("qemu64,+ssse3"), "features CPUID.01H:ECX");
    assertDifference(record, machine(version).cpus(4), "number of vCPUs: expected 2, found 4");
    assertDifference(record, machine(version).machine("pc-q35-9.2"), "machine type");
    assertDifference(record, machine(version).options("-device", "virtio-rng-pci"), "devices");
    assertDifference(
        record,
        machine(version).options("-smp", "2,sockets=2,cores=1,threads=1"),
        "topology of vCPU 1");
    assertSame(record, machine(version).options("-uuid", "11111111-2222-3333-4444-555555555555"));
    assertSame(record, machine(version).sharedFile(directory.resolve("memory")));
  }

  private static void assertDifference(MachineRecord record, GuestSetup other, String what)
      throws IOException, InterruptedException {
    List<MachineDifference> differences = record.differences(record(other));
    assertTrue(
        differences.stream().anyMatch(d -> d.toString().contains(what)),
        () -> what + " is not in " + differences);
  }

  private static void assertSame(MachineRecord record, GuestSetup other)
      throws IOException, InterruptedException {
    MachineRecord there = record(other);
    assertEquals(List.of(), record.differences(there));
    assertEquals(List.of(), record.notCompared(there));
  }

  @Test
  void bothVersionsRunTheSameMachine() throws IOException, InterruptedException {
    MachineRecord old = record(machine(Lab.QEMU_10));
    assertSame(old, machine(Lab.QEMU_11));
  }

  /** The line that is shown starts a QEMU into which the state goes. */
  @ParameterizedTest
  @ValueSource(strings = {"qemu10", "qemu11"})
  void theStartLineOfADestinationIsThatOfItsSource(String version)
      throws IOException, InterruptedException {
    UnaryOperator<GuestSetup> same = setup -> setup.options("-rtc", "base=utc");
    MachineRecord source = record(same.apply(machine(version)));
    MachineRecord destination = record(same.apply(machine(version)).incoming("defer"));
    assertEquals(List.of(), source.differences(destination));
    assertEquals(1, source.command().stream().filter("-incoming"::equals).count());
    assertEquals(1, destination.command().stream().filter("-incoming"::equals).count());
    assertFalse(destination.commandLine().contains("defer"));
  }
}
