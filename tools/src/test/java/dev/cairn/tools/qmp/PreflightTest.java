package dev.cairn.tools.qmp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cairn.store.RefusedException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What no test machine has is refused by name, too. */
class PreflightTest {
  private final Path directory;

  PreflightTest(@TempDir Path directory) {
    this.directory = directory;
  }

  /** Checks a QEMU with one answer that is not that of a healthy one. */
  private void check(String question, String answer) throws Exception {
    Map<String, String> answers = new HashMap<>();
    answers.put("query-status", "{\"status\": \"running\"}");
    answers.put("query-migrate", "{}");
    answers.put("suppress-vmdesc", "false");
    answers.put("confidential-guest-support", "\"\"");
    answers.put("query-memory-devices", "[]");
    answers.put("/machine/peripheral", "[]");
    answers.put("/machine/peripheral-anon", "[]");
    answers.put("query-kvm", "{\"enabled\": true, \"present\": true}");
    answers.put(question, answer);
    try (FakeQemu fake =
        new FakeQemu(
            directory,
            client -> {
              client.greet();
              client.serve(
                  command -> {
                    String found = answers.get(key(command));
                    if (found == null) {
                      client.refuse(command, "GenericError", "none");
                    } else {
                      client.answer(command, found);
                    }
                  });
            })) {
      try (Qmp qmp = Qmp.connect(fake.path(), FakeQemu.PATIENCE)) {
        Preflight.check(qmp, FakeQemu.PATIENCE);
      } finally {
        fake.await();
      }
    }
  }

  private static String key(JsonNode command) {
    String name = command.path("execute").asText();
    JsonNode arguments = command.path("arguments");
    return switch (name) {
      case "qom-get" -> arguments.path("property").asText();
      case "qom-list" -> arguments.path("path").asText();
      default -> name;
    };
  }

  private void assertRefused(String question, String answer, String why) {
    RefusedException e =
        assertThrows(RefusedException.class, () -> check(question, answer), question);
    assertTrue(String.valueOf(e.getMessage()).contains(why), e.getMessage());
    assertEquals(1, String.valueOf(e.getMessage()).lines().count());
  }

  @Test
  void aHealthyQemuPasses() throws Exception {
    check("query-migrate", "{\"status\": \"completed\"}");
    check("query-migrate", "{\"status\": \"failed\", \"blocked-reasons\": []}");
  }

  @Test
  void whatStandsAgainstACaptureIsNamed() {
    assertRefused("query-status", "{\"status\": \"io-error\"}", "found io-error");
    assertRefused("query-migrate", "{\"status\": \"active\"}", "one that is active");
    assertRefused("query-migrate", "{\"status\": \"colo\"}", "one that is colo");
    assertRefused(
        "query-migrate", "{\"blocked-reasons\": [\"VFIO\\nno\"]}", "no blocker, found VFIO no;");
    assertRefused("suppress-vmdesc", "true", "suppress-vmdesc");
    assertRefused("confidential-guest-support", "\"/objects/sev0\"", "/objects/sev0");
    assertRefused("memory-encryption", "\"sev0\"", "confidential guest");
    assertRefused(
        "query-memory-devices",
        "[{\"type\": \"virtio-mem\", \"data\": {\"id\": \"vm0\"}}]",
        "virtio-mem vm0");
    assertRefused(
        "/machine/peripheral",
        "[{\"name\": \"gpu\", \"type\": \"child<vfio-pci>\"}]",
        "vfio-pci gpu");
    assertRefused(
        "/machine/peripheral-anon",
        "[{\"name\": \"device[0]\", \"type\": \"child<vfio-pci-nohotplug>\"}]",
        "vfio-pci-nohotplug device[0]");
  }

  private static String block(String name, long offset, long used, long most) {
    return String.format(
        Locale.ROOT,
        "%24s    4 KiB  0x%016x 0x%016x 0x%016x 0x00007f rw%n",
        name,
        offset,
        used,
        most);
  }

  /** As a QEMU tells of them; the one without a name is nothing's yet. */
  @Test
  void aBlockThatIsLongerThanTheFirstOneIsFound() {
    String title =
        "   Block Name    PSize              Offset               Used  Total  HVA  RO\n";
    String main = block("pc.ram", 0x200_0000, 0x400_0000, 0x400_0000);
    String rom = block("pc.rom", 0x608_0000, 0x2_0000, 0x2_0000);
    assertEquals(
        Optional.of("pc.ram"),
        RamAddresses.longerThanTheFirst(title + main + block("", 0, 0x200_0000, 0x200_0000) + rom));
    assertEquals(
        Optional.empty(),
        RamAddresses.longerThanTheFirst(title + main + block("", 0, 0x400_0000, 0x400_0000) + rom));
    assertEquals(
        Optional.empty(),
        RamAddresses.longerThanTheFirst(
            title
                + block("m", 0, 0x400_0000, 0x400_0000)
                + rom
                + block("", 1 << 28, 1 << 29, 1 << 29)),
        "nothing migrates what has no name");
    assertEquals(
        Optional.empty(),
        RamAddresses.longerThanTheFirst(
            title + block("a", 0, 4096, 4096) + block("b", 4096, 8192, 8192)),
        "page by page QEMU has the right addresses");
    assertEquals(Optional.empty(), RamAddresses.longerThanTheFirst("unknown command\n"));
  }
}
