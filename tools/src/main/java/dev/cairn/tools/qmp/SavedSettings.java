package dev.cairn.tools.qmp;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cairn.store.BadInputException;
import dev.cairn.store.RefusedException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The migration settings of a QEMU that others use, too: the old values of exactly the keys that
 * are not as we want them. Immutable; {@link #apply} and {@link #putBack} may be called again.
 *
 * <p>Order: {@link #plan}, write {@link #json} where a rescuer finds it, {@link #apply}, …, {@link
 * #putBack}. Neither is possible while a migration is under way: QEMU refuses it then.
 */
public final class SavedSettings {
  private static final String CAPABILITIES = "capabilities";
  private static final String PARAMETERS = "parameters";
  private static final int MOST_KEYS = 256;

  private static final JsonMapper JSON = new JsonMapper();

  private final Map<String, Boolean> oldCapabilities;
  private final Map<String, JsonNode> oldParameters;
  private final WantedSettings wanted;

  private SavedSettings(
      Map<String, Boolean> oldCapabilities,
      Map<String, JsonNode> oldParameters,
      WantedSettings wanted) {
    this.oldCapabilities = oldCapabilities;
    this.oldParameters = oldParameters;
    this.wanted = wanted;
  }

  /**
   * Reads how the settings are, and changes nothing.
   *
   * @throws RefusedException if this QEMU does not have a capability that has to be on, or a
   *     parameter
   */
  public static SavedSettings plan(Qmp qmp, WantedSettings wanted, Duration patience)
      throws IOException {
    Map<String, Boolean> capabilities = new LinkedHashMap<>();
    for (JsonNode each : qmp.execute("query-migrate-capabilities", Map.of(), patience)) {
      capabilities.put(each.path("capability").asText(), each.path("state").asBoolean());
    }
    JsonNode parameters = qmp.execute("query-migrate-parameters", Map.of(), patience);
    Map<String, Boolean> oldCapabilities = new LinkedHashMap<>();
    for (var want : wanted.capabilities().entrySet()) {
      Boolean old = capabilities.get(want.getKey());
      if (old == null && want.getValue()) {
        throw missing(qmp, "capability", want.getKey());
      }
      if (old != null && !old.equals(want.getValue())) {
        oldCapabilities.put(want.getKey(), old);
      }
    }
    Map<String, JsonNode> oldParameters = new LinkedHashMap<>();
    for (var want : wanted.parameters().entrySet()) {
      JsonNode old = parameters.get(want.getKey());
      if (old == null && !WantedSettings.plain().parameters().containsKey(want.getKey())) {
        throw missing(qmp, "parameter", want.getKey());
      }
      if (old != null && !isSame(old, JSON.valueToTree(want.getValue()))) {
        oldParameters.put(want.getKey(), old);
      }
    }
    return new SavedSettings(oldCapabilities, oldParameters, wanted);
  }

  /** Numbers are compared as such: 5 is read as an int, and may be wanted as a long. */
  private static boolean isSame(JsonNode one, JsonNode other) {
    return (one.isNumber() && other.isNumber())
        ? one.decimalValue().compareTo(other.decimalValue()) == 0
        : one.equals(other);
  }

  private static RefusedException missing(Qmp qmp, String what, String name) {
    return new RefusedException(
        "QEMU "
            + qmp.version()
            + ": migration "
            + what
            + ": expected "
            + name
            + ", found none; use another --mode, or another QEMU");
  }

  /** Returns the old values, as they are kept for whoever has to put them back. */
  public ObjectNode json() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    ObjectNode capabilities = json.putObject(CAPABILITIES);
    oldCapabilities.forEach(capabilities::put);
    ObjectNode parameters = json.putObject(PARAMETERS);
    oldParameters.forEach(parameters::set);
    return json;
  }

  /** Reads what {@link #json} returned; it can be put back, not applied. */
  public static SavedSettings parse(JsonNode json) throws BadInputException {
    Map<String, Boolean> capabilities = new LinkedHashMap<>();
    for (var each : object(json, CAPABILITIES).properties()) {
      if (!each.getValue().isBoolean()) {
        throw bad(each.getKey(), "true or false", each.getValue().getNodeType());
      }
      capabilities.put(each.getKey(), each.getValue().booleanValue());
    }
    Map<String, JsonNode> parameters = new LinkedHashMap<>();
    for (var each : object(json, PARAMETERS).properties()) {
      parameters.put(each.getKey(), each.getValue());
    }
    return new SavedSettings(capabilities, parameters, new WantedSettings(Map.of(), Map.of()));
  }

  private static JsonNode object(JsonNode json, String name) throws BadInputException {
    JsonNode found = json.path(name);
    if (!found.isObject() || found.size() > MOST_KEYS) {
      throw bad(name, "an object of at most " + MOST_KEYS + " keys", found.getNodeType());
    }
    return found;
  }

  private static BadInputException bad(String what, Object expected, Object found) {
    return new BadInputException(
        "saved migration settings: "
            + QmpWords.shown(what)
            + ": expected "
            + expected
            + ", found "
            + found
            + "; put them back by hand: migrate-set-capabilities, migrate-set-parameters");
  }

  /** Returns the names of the keys that are changed. */
  public List<String> changed() {
    List<String> names = new ArrayList<>(oldCapabilities.keySet());
    names.addAll(oldParameters.keySet());
    return names;
  }

  /** Sets what differs; if QEMU refuses a part, all is put back. */
  public void apply(Qmp qmp, Duration patience) throws IOException {
    Map<String, Boolean> capabilities = new LinkedHashMap<>();
    oldCapabilities.keySet().forEach(k -> capabilities.put(k, wanted.capabilities().get(k)));
    Map<String, Object> parameters = new LinkedHashMap<>();
    oldParameters.keySet().forEach(k -> parameters.put(k, wanted.parameters().get(k)));
    try {
      // In this order: a mode that is not normal forbids capabilities.
      setParameters(qmp, parameters, patience);
      setCapabilities(qmp, capabilities, patience);
    } catch (IOException e) {
      try {
        putBack(qmp, patience);
      } catch (IOException second) {
        e.addSuppressed(second);
      }
      throw e;
    }
  }

  /** Sets what differed to its old values. */
  public void putBack(Qmp qmp, Duration patience) throws IOException {
    setCapabilities(qmp, oldCapabilities, patience);
    setParameters(qmp, oldParameters, patience);
  }

  /** In one command, so that QEMU judges them together. */
  private static void setCapabilities(Qmp qmp, Map<String, Boolean> states, Duration patience)
      throws IOException {
    if (!states.isEmpty()) {
      List<Map<String, Object>> list = new ArrayList<>();
      states.forEach((name, state) -> list.add(Map.of("capability", name, "state", state)));
      qmp.execute("migrate-set-capabilities", Map.of(CAPABILITIES, list), patience);
    }
  }

  private static void setParameters(Qmp qmp, Map<String, ?> values, Duration patience)
      throws IOException {
    if (!values.isEmpty()) {
      qmp.execute("migrate-set-parameters", values, patience);
    }
  }
}
