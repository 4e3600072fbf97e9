package dev.cairn.tools.qmp;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.cairn.store.RefusedException;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Asks whether a QEMU can be captured at all, before anything of it is changed. Whatever speaks
 * against it is refused by name. Immutable.
 */
public final class Preflight {
  /** Of {@code query-migrate}: nothing is under way. */
  private static final Set<String> AT_REST = Set.of("", "none", "completed", "failed", "cancelled");

  private final Qmp qmp;
  private final Duration patience;

  private Preflight(Qmp qmp, Duration patience) {
    this.qmp = qmp;
    this.patience = patience;
  }

  /**
   * Looks at everything; changes nothing.
   *
   * @param patience for each command
   * @throws RefusedException naming what stands against it
   */
  public static void check(Qmp qmp, Duration patience) throws IOException {
    Preflight preflight = new Preflight(qmp, patience);
    preflight.checkRunState();
    preflight.checkMigration();
    preflight.checkMachine();
    preflight.checkMemoryDevices();
    preflight.checkRamAddresses();
    preflight.checkDevices("/machine/peripheral");
    preflight.checkDevices("/machine/peripheral-anon");
  }

  private JsonNode ask(String command) throws IOException {
    return qmp.execute(command, Map.of(), patience);
  }

  private static RefusedException refused(String what, String expected, String found, String next) {
    return new RefusedException(
        "QEMU: "
            + what
            + ": expected "
            + expected
            + ", found "
            + QmpWords.shown(found)
            + "; "
            + next);
  }

  private void checkRunState() throws IOException {
    String state = ask("query-status").path("status").asText();
    if (!state.equals("running")) {
      throw refused("run state", "running", state, "start the guest, then capture it");
    }
  }

  private void checkMigration() throws IOException {
    JsonNode migration = ask("query-migrate");
    String status = migration.path("status").asText();
    if (!AT_REST.contains(status)) {
      throw refused(
          "migration",
          "none under way",
          "one that is " + status,
          "it is somebody else's: wait for its end, or have its owner cancel it");
    }
    for (JsonNode reason : migration.path("blocked-reasons")) {
      throw refused(
          "migration",
          "no blocker",
          reason.asText(),
          "take away what blocks it: capture is a migration");
    }
  }

  private void checkMachine() throws IOException {
    if (property("/machine", "suppress-vmdesc").asBoolean()) {
      throw refused(
          "machine option suppress-vmdesc",
          "off",
          "on",
          "without the description of the devices nobody can tell where their state ends");
    }
    if (!property("/machine", "confidential-guest-support").asText().isEmpty()) {
      throw confidential(property("/machine", "confidential-guest-support").asText());
    }
    if (!property("/machine", "memory-encryption").asText().isEmpty()) {
      throw confidential("memory-encryption");
    }
  }

  private static RefusedException confidential(String how) {
    return refused(
        "machine",
        "memory that the host can read",
        "a confidential guest (" + how + ")",
        "its memory cannot be captured from outside");
  }

  /** A property that this machine, or this QEMU, does not have is nothing. */
  private JsonNode property(String path, String name) throws IOException {
    try {
      return qmp.execute("qom-get", Map.of("path", path, "property", name), patience);
    } catch (QmpException e) {
      return TextNode.valueOf("");
    }
  }

  private void checkMemoryDevices() throws IOException {
    for (JsonNode device : list("query-memory-devices", Map.of())) {
      if (device.path("type").asText().startsWith("virtio-mem")) {
        throw virtioMem(device.path("data").path("id").asText());
      }
    }
  }

  private static RefusedException virtioMem(String id) {
    return refused(
        "devices",
        "no virtio-mem",
        "virtio-mem " + id,
        "what it has unplugged is not told apart from zeros; unplug it, or use pc-dimm");
  }

  /** The guest of a QEMU that ends by itself at a migration could not be helped. */
  private void checkRamAddresses() throws IOException {
    if (ask("query-kvm").path("enabled").asBoolean()) {
      return;
    }
    Map<String, ?> question = Map.of("command-line", "info ramblock");
    String text = qmp.execute("human-monitor-command", question, patience).asText();
    Optional<String> block = RamAddresses.longerThanTheFirst(text);
    if (block.isPresent()) {
      throw refused(
          "memory",
          "no block longer than the one that was made first",
          block.get(),
          "QEMU itself ends at the migration of such a machine under TCG; give the largest"
              + " memory-backend-… first, and name it by -machine memory-backend=");
    }
  }

  private void checkDevices(String path) throws IOException {
    for (JsonNode child : list("qom-list", Map.of("path", path))) {
      String type = child.path("type").asText();
      String name = child.path("name").asText();
      if (type.startsWith("child<vfio-")) {
        throw refused(
            "devices",
            "no device of the host (VFIO)",
            type.substring(6, type.length() - 1) + " " + name,
            "its state is not in a stream that Cairn reads; unplug it");
      }
      if (type.startsWith("child<virtio-mem-")) {
        throw virtioMem(name);
      }
    }
  }

  /** A command that this QEMU does not have returns nothing. */
  private JsonNode list(String command, Map<String, ?> arguments) throws IOException {
    try {
      return qmp.execute(command, arguments, patience);
    } catch (QmpException e) {
      return JsonNodeFactory.instance.arrayNode();
    }
  }
}
