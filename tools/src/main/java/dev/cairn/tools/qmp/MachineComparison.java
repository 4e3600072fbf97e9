package dev.cairn.tools.qmp;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.StreamSupport;

/**
 * Holds the machine of a state against the one that is to take it: what QEMU itself accepts in
 * silence, or refuses only after the memory was sent. Not thread-safe.
 *
 * <p>Not compared: what may differ (QEMU's version, backends, files, MAC addresses, identities) and
 * what QEMU's stream itself checks by its names and lengths (RAM blocks).
 */
final class MachineComparison {
  private final JsonNode from;
  private final JsonNode to;
  private final List<MachineDifference> differences = new ArrayList<>();
  private final List<String> notCompared = new ArrayList<>();

  MachineComparison(ObjectNode from, ObjectNode to) {
    this.from = from;
    this.to = to;
    compareText("machine type", "machine");
    compareText("architecture", "arch");
    compareText("accelerator", "accelerator");
    compareCpus();
    compareDevices();
  }

  List<MachineDifference> differences() {
    return List.copyOf(differences);
  }

  List<String> notCompared() {
    return List.copyOf(notCompared);
  }

  private boolean isKnown(String what, String key) {
    boolean known = from.has(key) && to.has(key);
    if (!known) {
      notCompared.add(what);
    }
    return known;
  }

  private void compare(String what, String expected, String actual) {
    if (!expected.equals(actual)) {
      differences.add(
          new MachineDifference(what, QmpWords.shown(expected), QmpWords.shown(actual)));
    }
  }

  private void compareText(String what, String key) {
    if (isKnown(what, key)) {
      compare(what, from.path(key).asText(), to.path(key).asText());
    }
  }

  private void compareCpus() {
    if (!isKnown("vCPUs", "cpus") || !isKnown("CPU model", "cpuModels")) {
      return;
    }
    JsonNode ours = from.path("cpus");
    JsonNode theirs = to.path("cpus");
    compare("number of vCPUs", Integer.toString(ours.size()), Integer.toString(theirs.size()));
    if (ours.size() != theirs.size()) {
      return;
    }
    // Of each kind the first that differs: the others mostly do so in the same way.
    int before = differences.size();
    for (int i = 0; i < ours.size() && differences.size() == before; i++) {
      compare(
          "topology of vCPU " + i,
          sorted(ours.path(i).path("topology")),
          sorted(theirs.path(i).path("topology")));
    }
    before = differences.size();
    for (int i = 0; i < ours.size() && differences.size() == before; i++) {
      compareModel(i, ours.get(i), theirs.get(i));
    }
  }

  private void compareModel(int number, JsonNode ours, JsonNode theirs) {
    String name = "vCPU " + number;
    JsonNode model = from.path("cpuModels").path(ours.path("model").asInt());
    JsonNode other = to.path("cpuModels").path(theirs.path("model").asInt());
    if (model.has("type") && other.has("type")) {
      compare("model of " + name, model.path("type").asText(), other.path("type").asText());
    } else if (number == 0) {
      notCompared.add("CPU model");
    }
    if (!model.has("features") || !other.has("features")) {
      if (number == 0) {
        notCompared.add("CPU features");
      }
      return;
    }
    Set<String> words = new TreeSet<>(names(model.path("features")));
    words.addAll(names(other.path("features")));
    for (String word : words) {
      compare(
          "features " + QmpWords.shown(word) + " of " + name,
          hex(model.path("features").path(word)),
          hex(other.path("features").path(word)));
    }
  }

  private static List<String> names(JsonNode object) {
    return object.propertyStream().map(e -> e.getKey()).toList();
  }

  private static String hex(JsonNode word) {
    return "0x%x".formatted(word.asLong());
  }

  private static String sorted(JsonNode object) {
    TreeMap<String, String> entries = new TreeMap<>();
    object.properties().forEach(e -> entries.put(e.getKey(), e.getValue().asText()));
    return entries.toString();
  }

  private void compareDevices() {
    if (isKnown("devices", "devices")) {
      compareAll("devices", describe("devices", "type", "id"));
    }
    if (isKnown("PCI devices", "pci")) {
      compareAll("PCI devices", describe("pci", "address", "kind", "id"));
    }
  }

  private List<List<String>> describe(String key, String... parts) {
    return List.of(describe(from.path(key), parts), describe(to.path(key), parts));
  }

  private static List<String> describe(JsonNode list, String... parts) {
    return StreamSupport.stream(list.spliterator(), false)
        .map(
            each -> {
              List<String> words = new ArrayList<>();
              for (String part : parts) {
                words.add(each.path(part).asText());
              }
              return String.join(" ", words).strip();
            })
        .sorted()
        .toList();
  }

  private void compareAll(String what, List<List<String>> both) {
    List<String> missing = without(both.get(0), both.get(1));
    List<String> surplus = without(both.get(1), both.get(0));
    if (!missing.isEmpty() || !surplus.isEmpty()) {
      compare(
          what,
          missing.isEmpty() ? "no more" : String.join(", ", missing),
          surplus.isEmpty() ? "none of that" : String.join(", ", surplus));
    }
  }

  private static List<String> without(Collection<String> all, Collection<String> some) {
    List<String> left = new ArrayList<>(all);
    some.forEach(left::remove); // one for one: devices of a kind may be several
    return left;
  }
}
