package dev.cairn.tools.capture;

import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cairn.chain.ChainName;
import dev.cairn.store.BadInputException;
import dev.cairn.store.BadNameException;
import dev.cairn.tools.capture.AttachFile.Content;
import dev.cairn.tools.capture.AttachFile.Phase;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * The text of an {@link AttachFile}, JSON. What it says is done to a QEMU, so nothing in it is
 * believed: sizes, names and values are bounded before any of it is used.
 */
final class AttachText {
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private static final int VERSION = 1;
  private static final int MOST_SETTINGS = 128;
  private static final int MOST_OVERLAYS = 4096;
  private static final int MOST_PATH = 4096;
  private static final int MOST_VALUE = 1024;
  private static final int MOST_SHOWN = 60;
  private static final long MOST_PID = 1 << 22;
  private static final long MOST_PAUSE_MILLIS = 3_600_000;

  private static final Set<String> MODES = Set.of("colo", "stream", "shared");
  private static final Pattern DESCRIPTOR = Pattern.compile("[A-Za-z][A-Za-z0-9._-]{0,63}");
  private static final Pattern SETTING = Pattern.compile("[a-z][a-z0-9-]{0,63}");

  private final Path path;
  private final JsonNode json;

  private AttachText(Path path, JsonNode json) {
    this.path = path;
    this.json = json;
  }

  static byte[] encode(Content content) throws IOException {
    ObjectNode json = JSON.createObjectNode();
    json.put("version", VERSION);
    json.put("chain", content.chain());
    json.put("mode", content.mode());
    json.put("phase", content.phase().word());
    json.put("qmp", content.qmp().toString());
    json.put("qemuPid", content.qemuPid());
    json.put("qemuStart", content.qemuStart());
    json.put("descriptorName", content.descriptorName());
    json.put("maxPauseMillis", content.maxPauseMillis());
    json.set("capabilities", content.capabilities());
    json.set("parameters", content.parameters());
    ArrayNode overlays = json.putArray("overlays");
    content.overlays().forEach(overlays::add);
    return JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(json);
  }

  static Content decode(Path path, byte[] bytes) throws IOException {
    JsonNode json;
    try {
      json = JSON.readTree(bytes);
    } catch (IOException e) {
      // Also of another encoding. Not as its cause: that quotes the file.
      throw bad(path, "content", "JSON, one object", e.getClass().getSimpleName());
    }
    return new AttachText(path, json).decode();
  }

  private Content decode() throws BadInputException {
    if (number("version", Integer.MAX_VALUE) != VERSION) {
      throw bad("version", VERSION, json.path("version"));
    }
    return new Content(
        chain(),
        text("mode", 16, MODES::contains, "colo, stream or shared"),
        phase(),
        qmp(),
        number("qemuPid", MOST_PID),
        number("qemuStart", Long.MAX_VALUE),
        text("descriptorName", 64, t -> DESCRIPTOR.matcher(t).matches(), "a name for getfd"),
        Math.max(1, number("maxPauseMillis", MOST_PAUSE_MILLIS)),
        settings("capabilities", JsonNode::isBoolean, "true or false"),
        settings("parameters", AttachText::isScalar, "a number, a short text, true, false, null"),
        overlays());
  }

  private String chain() throws BadInputException {
    String name = text("chain", 64, _ -> true, "a chain's name");
    try {
      return ChainName.check(name);
    } catch (BadNameException e) {
      throw bad("chain", "a chain's name", name);
    }
  }

  private Path qmp() throws BadInputException {
    String text = text("qmp", MOST_PATH, t -> t.startsWith("/"), "an absolute path");
    try {
      return Path.of(text);
    } catch (InvalidPathException e) {
      throw bad("qmp", "a path of this system", text);
    }
  }

  private Phase phase() throws BadInputException {
    String word = text("phase", 16, _ -> true, "a word");
    for (Phase phase : Phase.values()) {
      if (phase.word().equals(word)) {
        return phase;
      }
    }
    throw bad("phase", "attaching, attached, migrating or stopped", word);
  }

  private String text(String field, int most, Predicate<String> sound, String expected)
      throws BadInputException {
    JsonNode value = json.path(field);
    if (!isText(value, most) || !sound.test(value.textValue())) {
      throw bad(field, expected, value);
    }
    return value.textValue();
  }

  private static boolean isText(JsonNode value, int most) {
    return value.isTextual()
        && value.textValue().length() <= most
        && value.textValue().codePoints().noneMatch(Character::isISOControl);
  }

  private static boolean isScalar(JsonNode value) {
    return value.isBoolean()
        || value.isNull()
        || (value.isNumber() && value.asText().length() <= MOST_SHOWN)
        || isText(value, MOST_VALUE);
  }

  private long number(String field, long most) throws BadInputException {
    JsonNode value = json.path(field);
    if (!value.isIntegralNumber()
        || !value.canConvertToLong()
        || value.longValue() < 0
        || value.longValue() > most) {
      throw bad(field, "a number from 0 to " + most, value);
    }
    return value.longValue();
  }

  private JsonNode settings(String field, Predicate<JsonNode> sound, String expected)
      throws BadInputException {
    JsonNode object = json.path(field);
    if (!object.isObject() || object.size() > MOST_SETTINGS) {
      throw bad(field, "an object of at most " + MOST_SETTINGS, object.getNodeType());
    }
    for (Map.Entry<String, JsonNode> entry : object.properties()) {
      if (!SETTING.matcher(entry.getKey()).matches()) {
        throw bad(field, "names of settings", entry.getKey());
      }
      if (!sound.test(entry.getValue())) {
        throw bad(field + ": " + entry.getKey(), expected, entry.getValue());
      }
    }
    return object;
  }

  private List<String> overlays() throws BadInputException {
    JsonNode array = json.path("overlays");
    if (!array.isArray() || array.size() > MOST_OVERLAYS) {
      throw bad("overlays", "at most " + MOST_OVERLAYS + " paths", array.getNodeType());
    }
    List<String> overlays = new ArrayList<>();
    for (JsonNode overlay : array) {
      if (!isText(overlay, MOST_PATH)) {
        throw bad("overlays", "paths", overlay);
      }
      overlays.add(overlay.textValue());
    }
    return overlays;
  }

  private BadInputException bad(String what, Object expected, Object found) {
    return bad(path, what, expected, found);
  }

  /** What is found may be anything: it is cut, and shown without control characters. */
  static BadInputException bad(Path path, String what, Object expected, Object found) {
    StringBuilder shown = new StringBuilder();
    String.valueOf(found)
        .codePoints()
        .limit(MOST_SHOWN)
        .map(c -> c < ' ' || c > '~' ? '?' : c)
        .forEach(shown::appendCodePoint);
    return new BadInputException(
        "%s: %s at offset 0: expected %s, found %s; ask QEMU by hand (query-status, query-migrate),"
                .formatted(path, what, expected, shown)
            + " see that its guest runs, then delete the file");
  }
}
