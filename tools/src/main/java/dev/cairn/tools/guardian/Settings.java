package dev.cairn.tools.guardian;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cairn.tools.capture.AttachFile;
import dev.cairn.tools.qmp.QmpException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Puts back what a capture has changed in QEMU. Used by one thread. */
final class Settings {
  private final Monitor monitor;
  private final List<String> refused = new ArrayList<>();

  private Settings(Monitor monitor) {
    this.monitor = monitor;
  }

  /**
   * Puts all back; what QEMU refuses does not keep the rest from it.
   *
   * @return what was refused, for a person; empty if nothing
   */
  static List<String> putBack(Monitor monitor, AttachFile.Content content) throws IOException {
    Settings settings = new Settings(monitor);
    settings.descriptor(content.descriptorName());
    settings.capabilities(content.capabilities());
    settings.parameters(content.parameters());
    return List.copyOf(settings.refused);
  }

  /** A capture that died between getfd and migrate leaves it; mostly there is none. */
  private void descriptor(String name) throws IOException {
    try {
      monitor.execute("closefd", Map.of("fdname", name));
    } catch (QmpException e) {
      // There is none, which is as it should be.
    }
  }

  private void capabilities(JsonNode old) throws IOException {
    List<Map<String, ?>> states = new ArrayList<>();
    for (Map.Entry<String, JsonNode> entry : old.properties()) {
      states.add(Map.of("capability", entry.getKey(), "state", entry.getValue().asBoolean()));
    }
    if (states.isEmpty() || isTaken("migrate-set-capabilities", Map.of("capabilities", states))) {
      return;
    }
    // Together they may be refused for one of them, and apart for their order: so twice.
    List<Map<String, ?>> left = states;
    for (int round = 0; round < 2; round++) {
      List<Map<String, ?>> again = new ArrayList<>();
      for (Map<String, ?> state : left) {
        if (!isTaken("migrate-set-capabilities", Map.of("capabilities", List.of(state)))) {
          again.add(state);
        }
      }
      left = again;
    }
    left.forEach(state -> refused.add(state.get("capability") + " " + state.get("state")));
  }

  private void parameters(JsonNode old) throws IOException {
    if (old.isEmpty() || isTaken("migrate-set-parameters", asMap(old))) {
      return;
    }
    for (Map.Entry<String, JsonNode> entry : old.properties()) {
      if (!isTaken("migrate-set-parameters", Map.of(entry.getKey(), entry.getValue()))) {
        refused.add(entry.getKey());
      }
    }
  }

  private static Map<String, JsonNode> asMap(JsonNode object) {
    Map<String, JsonNode> map = new java.util.LinkedHashMap<>();
    object.properties().forEach(entry -> map.put(entry.getKey(), entry.getValue()));
    return map;
  }

  private boolean isTaken(String command, Map<String, ?> arguments) throws IOException {
    try {
      monitor.execute(command, arguments);
      return true;
    } catch (QmpException e) {
      return false;
    }
  }
}
