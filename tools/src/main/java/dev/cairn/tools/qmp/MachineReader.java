package dev.cairn.tools.qmp;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.StreamSupport;

/**
 * Asks a QEMU what machine it is. What it cannot say is left out, and named under {@code unknown}.
 * Not thread-safe; changes nothing.
 */
final class MachineReader {
  private static final Pattern NIC =
      Pattern.compile(".*?(\\S+): index=\\d+,type=nic,model=([^,]+),macaddr=([0-9a-fA-F:]+).*");

  private final Qmp qmp;
  private final long end;
  private final ObjectNode record = JsonNodeFactory.instance.objectNode();
  private final List<String> unknown = new ArrayList<>();

  private MachineReader(Qmp qmp, long end) {
    this.qmp = qmp;
    this.end = end;
  }

  static ObjectNode read(Qmp qmp, Duration patience) throws IOException {
    MachineReader reader = new MachineReader(qmp, System.nanoTime() + patience.toNanos());
    reader.record.put("format", MachineRecord.FORMAT);
    reader.readQemu();
    reader.readCpus();
    reader.readRam();
    reader.readIdentity();
    reader.readDevices();
    reader.readNics();
    reader.readBlocks();
    reader.readCommandLine();
    ArrayNode names = reader.record.putArray("unknown");
    reader.unknown.forEach(names::add);
    return reader.record;
  }

  /** What a command returns; if QEMU does not have it, nothing, and the part is unknown. */
  private Optional<JsonNode> ask(String part, String command, Map<String, ?> arguments)
      throws IOException {
    try {
      Duration left = Duration.ofNanos(Math.max(0, end - System.nanoTime()));
      return Optional.of(qmp.execute(command, arguments, left));
    } catch (QmpException e) {
      unknown.add(part + ": " + e.command() + ": " + e.description());
      return Optional.empty();
    }
  }

  private Optional<JsonNode> ask(String part, String command) throws IOException {
    return ask(part, command, Map.of());
  }

  private Optional<JsonNode> property(String part, String path, String name) throws IOException {
    return ask(part, "qom-get", Map.of("path", path, "property", name));
  }

  private Optional<String> monitor(String part, String line) throws IOException {
    return ask(part, "human-monitor-command", Map.of("command-line", line)).map(JsonNode::asText);
  }

  private void readQemu() throws IOException {
    ObjectNode qemu = record.putObject("qemu");
    qemu.put("version", qmp.version());
    ask("package", "query-version").ifPresent(v -> qemu.put("package", v.path("package").asText()));
    property("machine type", "/machine", "type")
        .ifPresent(t -> record.put("machine", t.asText().replaceFirst("-machine$", "")));
    ask("architecture", "query-target").ifPresent(t -> record.put("arch", t.path("arch").asText()));
    Optional<JsonNode> kvm = ask("accelerator", "query-kvm");
    if (kvm.isPresent()) {
      boolean enabled = kvm.get().path("enabled").asBoolean();
      record.put("accelerator", enabled ? "kvm" : otherAccelerator());
    }
  }

  /** Only from 11 on QEMU names it; before that, TCG is what is left on Linux. */
  private String otherAccelerator() throws IOException {
    try {
      Duration left = Duration.ofNanos(Math.max(0, end - System.nanoTime()));
      return qmp.execute("query-accelerators", Map.of(), left).path("enabled").asText("tcg");
    } catch (QmpException e) {
      return "tcg";
    }
  }

  private void readCpus() throws IOException {
    Optional<JsonNode> all = ask("vCPUs", "query-cpus-fast");
    if (all.isEmpty()) {
      return;
    }
    ArrayNode cpus = record.putArray("cpus");
    ArrayNode models = record.putArray("cpuModels");
    Map<ObjectNode, Integer> numbers = new HashMap<>();
    for (JsonNode each : all.get()) {
      ObjectNode model = model(each);
      Integer number = numbers.get(model);
      if (number == null) {
        number = models.size();
        models.add(model);
        numbers.put(model, number);
      }
      ObjectNode cpu = cpus.addObject();
      cpu.put("index", each.path("cpu-index").asInt());
      cpu.put("model", number);
      cpu.set("topology", each.path("props"));
    }
  }

  private ObjectNode model(JsonNode cpu) throws IOException {
    String path = cpu.path("qom-path").asText();
    ObjectNode model = JsonNodeFactory.instance.objectNode();
    property("CPU type", path, "type").ifPresent(t -> model.put("type", t.asText()));
    Optional<JsonNode> words = property("CPU features", path, "feature-words");
    if (words.isPresent()) {
      ObjectNode features = model.putObject("features");
      for (JsonNode word : words.get()) {
        if (word.path("features").asLong() != 0) {
          features.put(wordName(word), word.path("features").asLong());
        }
      }
    }
    return model;
  }

  /** As manuals write it: CPUID.07H.0H:EBX. */
  private static String wordName(JsonNode word) {
    String leaf = "CPUID.%02XH".formatted(word.path("cpuid-input-eax").asLong());
    JsonNode subleaf = word.path("cpuid-input-ecx");
    return leaf
        + (subleaf.isMissingNode() ? "" : ".%XH".formatted(subleaf.asLong()))
        + ":"
        + word.path("cpuid-register").asText();
  }

  private void readRam() throws IOException {
    ask("RAM size", "query-memory-size-summary")
        .ifPresent(
            m ->
                record.put(
                    "memoryBytes",
                    m.path("base-memory").asLong() + m.path("plugged-memory").asLong()));
    Optional<String> text = monitor("RAM blocks", "info ramblock");
    Map<String, ObjectNode> backends = backends();
    if (text.isEmpty()) {
      return;
    }
    ArrayNode blocks = JsonNodeFactory.instance.arrayNode();
    for (GuestRam.Block block : GuestRam.parse(text.get(), Map.of())) {
      block(blocks.addObject(), block, backends);
    }
    if (!blocks.isEmpty()) {
      record.set("ram", sorted(blocks));
    } else {
      unknown.add("RAM blocks: info ramblock: its lines are not as known");
    }
  }

  private static void block(
      ObjectNode made, GuestRam.Block block, Map<String, ObjectNode> backends) {
    made.put("block", block.name());
    made.put("pageBytes", block.pageBytes());
    made.put("usedBytes", block.usedBytes());
    made.put("mostBytes", block.mostBytes());
    made.put("readOnly", block.readOnly());
    ObjectNode backend = backends.get(block.name().replaceFirst("^/objects/", ""));
    if (backend != null) {
      made.set("backend", backend);
    }
  }

  private Map<String, ObjectNode> backends() throws IOException {
    Map<String, ObjectNode> backends = new HashMap<>();
    Optional<JsonNode> all = ask("memory backends", "query-memdev");
    if (all.isEmpty()) {
      return backends;
    }
    for (JsonNode each : all.get()) {
      String id = each.path("id").asText();
      if (id.isEmpty()) {
        continue; // a backend without a name is nobody's block
      }
      ObjectNode backend = JsonNodeFactory.instance.objectNode();
      backend.put("id", id);
      backend.put("bytes", each.path("size").asLong());
      backend.put("share", each.path("share").asBoolean());
      String path = "/objects/" + id;
      property("memory backend " + id, path, "type")
          .ifPresent(t -> backend.put("type", t.asText()));
      if (backend.path("type").asText().equals(GuestRam.FILE)) {
        property("memory backend " + id, path, "mem-path")
            .ifPresent(p -> backend.put("path", p.asText()));
      }
      backends.put(id, backend);
    }
    return backends;
  }

  private void readIdentity() throws IOException {
    ask("UUID", "query-uuid").ifPresent(u -> record.put("uuid", u.path("UUID").asText()));
    try {
      Duration left = Duration.ofNanos(Math.max(0, end - System.nanoTime()));
      JsonNode id = qmp.execute("query-vm-generation-id", Map.of(), left);
      record.put("vmgenid", id.path("guid").asText());
    } catch (QmpException e) {
      if (e.errorClass().equals("CommandNotFound")) {
        unknown.add("vmgenid: " + e.command() + ": " + e.description());
      } // else the machine has no such device
    }
  }

  private void readDevices() throws IOException {
    ArrayNode devices = JsonNodeFactory.instance.arrayNode();
    boolean whole = true;
    for (String place : List.of("peripheral", "peripheral-anon")) {
      Optional<JsonNode> all = ask("devices", "qom-list", Map.of("path", "/machine/" + place));
      whole &= all.isPresent();
      for (JsonNode each : all.orElse(JsonNodeFactory.instance.arrayNode())) {
        String type = each.path("type").asText();
        if (type.startsWith("child<")) {
          ObjectNode device = devices.addObject();
          device.put("type", type.substring(6, type.length() - 1));
          device.put("id", place.equals("peripheral") ? each.path("name").asText() : "");
        }
      }
    }
    if (whole) {
      record.set("devices", sorted(devices));
    }
    Optional<JsonNode> buses = ask("PCI devices", "query-pci");
    if (buses.isPresent()) {
      ArrayNode pci = record.putArray("pci");
      for (JsonNode bus : buses.get()) {
        // Further buses hang on bridges: their numbers are the guest's, and change.
        if (bus.path("bus").asInt() == 0) {
          bus.path("devices").forEach(device -> pci.add(pci(device)));
        }
      }
    }
  }

  /** QEMU lists children in no order. */
  private static ArrayNode sorted(ArrayNode list) {
    ArrayNode sorted = JsonNodeFactory.instance.arrayNode();
    StreamSupport.stream(list.spliterator(), false)
        .sorted(Comparator.comparing(JsonNode::toString))
        .forEach(sorted::add);
    return sorted;
  }

  private static ObjectNode pci(JsonNode device) {
    ObjectNode made = JsonNodeFactory.instance.objectNode();
    int slot = device.path("slot").asInt();
    made.put("address", "%02x.%x".formatted(slot, device.path("function").asInt()));
    JsonNode id = device.path("id");
    made.put("kind", "%04x:%04x".formatted(id.path("vendor").asInt(), id.path("device").asInt()));
    made.put("id", device.path("qdev_id").asText());
    return made;
  }

  private void readNics() throws IOException {
    Optional<String> text = monitor("network cards", "info network");
    if (text.isPresent()) {
      ArrayNode nics = record.putArray("nics");
      for (String line : text.get().lines().toList()) {
        Matcher matcher = NIC.matcher(line);
        if (matcher.matches()) {
          ObjectNode nic = nics.addObject();
          nic.put("name", matcher.group(1));
          nic.put("model", matcher.group(2));
          nic.put("mac", matcher.group(3));
        }
      }
    }
  }

  private void readBlocks() throws IOException {
    Optional<JsonNode> all = ask("block nodes", "query-named-block-nodes", Map.of("flat", true));
    if (all.isPresent()) {
      ArrayNode blocks = record.putArray("blocks");
      for (JsonNode each : all.get()) {
        ObjectNode node = blocks.addObject();
        node.put("node", each.path("node-name").asText());
        node.put("driver", each.path("drv").asText());
        node.put("file", CommandLine.blanked(each.path("file").asText()));
        node.put("readOnly", each.path("ro").asBoolean());
        if (each.has("backing_file")) {
          node.put("backing", CommandLine.blanked(each.path("backing_file").asText()));
        }
      }
    }
  }

  private void readCommandLine() throws IOException {
    OptionalLong pid =
        QemuProcess.find(qmp, Duration.ofNanos(Math.max(0, end - System.nanoTime())));
    if (pid.isEmpty()) {
      unknown.add("command line: no process of this host is known to be this QEMU");
      return;
    }
    try {
      List<String> words = CommandLine.read(pid.getAsLong());
      ArrayNode line = record.putArray("commandLine");
      CommandLine.blanked(words).forEach(line::add);
    } catch (IOException e) {
      unknown.add("command line: process " + pid.getAsLong() + ": " + e.getMessage());
    }
  }
}
