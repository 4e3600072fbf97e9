package dev.cairn.tools.qmp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cairn.store.RefusedException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
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
}
