package dev.cairn.tools.capture;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The migration capabilities and parameters of a QEMU: they are shared with others, so exactly
 * those that differ are changed, and put back at the end. Not thread-safe.
 */
final class QemuSettings {
  private final RunningQemu qemu;
  private final Map<String, Boolean> capabilities = new LinkedHashMap<>();
  private final JsonNode parameters;
  private final ObjectNode oldCapabilities = JsonNodeFactory.instance.objectNode();
  private final ObjectNode oldParameters = JsonNodeFactory.instance.objectNode();

  private QemuSettings(RunningQemu qemu) throws IOException {
    this.qemu = qemu;
    for (JsonNode one : qemu.execute("query-migrate-capabilities", Map.of())) {
      capabilities.put(one.path("capability").asText(), one.path("state").asBoolean());
    }
    this.parameters = qemu.execute("query-migrate-parameters", Map.of());
  }

  /** Reads them. */
  static QemuSettings read(RunningQemu qemu) throws IOException {
    return new QemuSettings(qemu);
  }

  boolean knows(String capability) {
    return capabilities.containsKey(capability);
  }

  /** Returns the old values of all that was changed, or is about to be. */
  JsonNode oldCapabilities() {
    return oldCapabilities;
  }

  JsonNode oldParameters() {
    return oldParameters;
  }

  /**
   * What is to be changed. Immutable.
   *
   * @param on capabilities that are to be on; all others that make a stream another one are off
   * @param parameters by name
   */
  record Wanted(Set<String> on, Map<String, Object> parameters) {}

  /** Capabilities under which a stream is not what its reader takes. */
  private static final List<String> OFF =
      List.of(
          "xbzrle",
          "multifd",
          "postcopy-ram",
          "postcopy-blocktime",
          "postcopy-preempt",
          "mapped-ram",
          "compress",
          "dirty-bitmaps",
          "background-snapshot",
          "pause-before-switchover",
          "switchover-ack",
          "zero-copy-send",
          "auto-converge",
          "rdma-pin-all",
          "release-ram",
          "block",
          "x-ignore-shared",
          "x-colo",
          "return-path");

  /** Parameters that a mode may change again while it goes on. */
  private static final Set<String> CHANGES_LATER = Set.of(DowntimeLimit.NAME);

  /** Takes note of the old values of what {@link #apply} is going to change. */
  void plan(Wanted wanted) {
    for (String name : OFF) {
      Boolean is = capabilities.get(name);
      if (is != null && is != wanted.on.contains(name) && !oldCapabilities.has(name)) {
        oldCapabilities.put(name, is);
      }
    }
    wanted.parameters.forEach(
        (name, value) -> {
          JsonNode is = parameters.path(name);
          if (!is.isMissingNode()
              && (!is.asText().equals(String.valueOf(value)) || CHANGES_LATER.contains(name))
              && !oldParameters.has(name)) {
            oldParameters.set(name, is);
          }
        });
  }

  /** Changes what differs; {@link #plan} was called for it, and is durable. */
  void apply(Wanted wanted) throws IOException {
    Map<String, Object> known = new LinkedHashMap<>();
    wanted.parameters.forEach(
        (name, value) -> {
          if (parameters.has(name)) {
            known.put(name, value);
          }
        });
    List<Map<String, Object>> switches = new ArrayList<>();
    for (String name : OFF) {
      if (capabilities.containsKey(name)) {
        boolean on = wanted.on.contains(name);
        switches.add(Map.of("capability", name, "state", on));
      }
    }
    qemu.execute("migrate-set-capabilities", Map.of("capabilities", switches));
    if (!known.isEmpty()) {
      qemu.execute("migrate-set-parameters", known);
    }
  }

  /** Puts back what was changed; no migration is under way. */
  void putBack() throws IOException {
    putBack(qemu, oldCapabilities, oldParameters);
  }

  /** Puts values back that an attach file tells of; no migration is under way. */
  static void putBack(RunningQemu qemu, JsonNode capabilities, JsonNode parameters)
      throws IOException {
    if (!parameters.isEmpty()) {
      Map<String, Object> values = new LinkedHashMap<>();
      parameters.forEachEntry(values::put);
      qemu.execute("migrate-set-parameters", values);
    }
    if (!capabilities.isEmpty()) {
      List<Map<String, Object>> switches = new ArrayList<>();
      capabilities.forEachEntry(
          (name, state) ->
              switches.add(Map.of("capability", name, "state", state.asBoolean())));
      qemu.execute("migrate-set-capabilities", Map.of("capabilities", switches));
    }
  }
}
