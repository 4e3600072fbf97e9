package dev.cairn.tools.qmp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.store.BadInputException;
import dev.cairn.store.RefusedException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Machine records that are partial, of others, or hostile. */
class MachineRecordTest {
  private static MachineRecord parse(String json) throws IOException {
    return MachineRecord.parse(json.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void whatIsNoRecordIsRefused() {
    assertThrows(BadInputException.class, () -> parse(""));
    assertThrows(BadInputException.class, () -> parse("[]"));
    assertThrows(BadInputException.class, () -> parse("{'format':1"));
    assertThrows(BadInputException.class, () -> parse("{'a':".repeat(100)));
    RefusedException newer =
        assertThrows(RefusedException.class, () -> parse("{'format':2,'secret':'x'}"));
    assertTrue(
        String.valueOf(newer.getMessage()).contains("expected 1, found 2"), newer.getMessage());
  }

  @Test
  void whatIsUnknownIsNeitherComparedNorInvented() throws IOException {
    MachineRecord empty = parse("{'format':1}");
    MachineRecord some =
        parse("{'format':1,'machine':'pc-q35-10.0','accelerator':'kvm','devices':[]}");
    assertEquals(List.of(), empty.differences(some));
    assertEquals(
        List.of("machine type", "architecture", "accelerator", "vCPUs", "devices", "PCI devices"),
        empty.notCompared(some));
    assertEquals(List.of("-incoming", "{incoming}"), empty.command().subList(1, 3));
    assertFalse(empty.hasGenerationId());
  }

  @Test
  void withoutItsLineAStartLineIsMadeOfWhatIsKnown() throws IOException {
    MachineRecord record =
        parse(
            "{'format':1,'machine':'pc-q35-10.0','accelerator':'kvm','arch':'x86_64',"
                + "'cpus':[{'model':0},{'model':0}],'cpuModels':[{'type':'Nehalem-x86_64-cpu'}],"
                + "'memoryBytes':67108864}");
    assertEquals(
        "qemu-system-x86_64 -machine pc-q35-10.0 -accel kvm -cpu Nehalem -m 65536K -smp 2"
            + " -incoming {incoming}",
        record.commandLine());
  }

  @Test
  void theStartLineIsSafeInAShell() throws IOException {
    MachineRecord record =
        parse("{'format':1,'commandLine':['qemu','-name','it\\u0027s $(here)','-S']}");
    assertEquals("qemu -name 'it'\\''s $(here)' -S -incoming {incoming}", record.commandLine());
  }

  @Test
  void differencesOfHostileRecordsStayOnOneLine() throws IOException {
    MachineRecord one = parse("{'format':1,'machine':'a\\nb\\u001b[2J'}");
    MachineRecord two = parse("{'format':1,'machine':{},'cpus':7,'devices':'x'}");
    assertEquals("machine type: expected a b [2J, found ", one.differences(two).get(0).toString());
    MachineRecord cpus =
        parse("{'format':1,'cpus':[{'model':99},{'model':-1}],'cpuModels':[],'pci':{}}");
    assertEquals(List.of(), cpus.differences(cpus));
  }

  @Test
  void whatAQemuDoesNotHaveIsNamed(@TempDir Path directory) throws Exception {
    try (FakeQemu fake =
        new FakeQemu(
            directory,
            client -> {
              client.greet();
              client.serve(command -> client.refuse(command, "CommandNotFound", "not here"));
            })) {
      try (Qmp qmp = Qmp.connect(fake.path(), FakeQemu.PATIENCE)) {
        MachineRecord record = MachineRecord.read(qmp, FakeQemu.PATIENCE);
        assertTrue(record.unknown().contains("machine type: qom-get: not here"));
        assertTrue(record.unknown().contains("vmgenid: query-vm-generation-id: not here"));
        // This test listens for the fake.
        assertTrue(
            record.unknown().stream().anyMatch(u -> u.startsWith("command line: no process")),
            record.unknown().toString());
        assertEquals("11.1.3", record.json().path("qemu").path("version").asText());
        assertFalse(record.json().has("cpus"));
      }
      fake.await();
    }
  }
}
