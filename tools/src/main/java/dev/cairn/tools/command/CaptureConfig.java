package dev.cairn.tools.command;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.toml.TomlMapper;
import dev.cairn.chain.ChainName;
import dev.cairn.store.StoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/**
 * The file of {@code capture --config}: TOML with a table {@code [capture.CHAIN]} for each machine,
 * whose keys are the options of {@code capture} without {@code --}, and a table {@code [defaults]}
 * for what they have in common. All of it is checked before anything begins.
 */
final class CaptureConfig {
  private static final long MOST_BYTES = 1 << 20;

  /** Keys; what concerns one machine only is not among the defaults. */
  private static final Set<String> KEYS =
      Set.of(
          "qmp",
          "label",
          "listen",
          "every",
          "count",
          "mode",
          "max-pause",
          "buffer",
          "keep-last",
          "keep-secondly",
          "keep-minutely",
          "keep-hourly",
          "keep-daily",
          "keep-label",
          "disk-snapshot",
          "disk-snapshot-command",
          "disk-every",
          "reserve",
          "max-store-size",
          "codec");

  private static final Set<String> OWN = Set.of("qmp", "label", "listen");

  private final Path file;

  private CaptureConfig(Path file) {
    this.file = file;
  }

  /** Reads a file; each capture is a command as it would have been typed. */
  static List<CaptureCommand> read(Path file, RootCommand root) throws IOException {
    return new CaptureConfig(file).read(root);
  }

  private List<CaptureCommand> read(RootCommand root) throws IOException {
    JsonNode all = parse();
    for (Map.Entry<String, JsonNode> each : all.properties()) {
      if (!Set.of("defaults", "capture").contains(each.getKey())) {
        throw bad(each.getKey(), "expected [defaults] and [capture.CHAIN]");
      }
    }
    Map<String, JsonNode> defaults = table("defaults", all.path("defaults"));
    for (String own : OWN) {
      if (defaults.containsKey(own)) {
        throw bad("defaults", own + ": every machine has its own");
      }
    }
    if (all.path("capture").isEmpty()) {
      throw bad("capture", "expected at least one table [capture.CHAIN]");
    }
    List<CaptureCommand> captures = new ArrayList<>();
    Map<Path, String> sockets = new HashMap<>();
    for (Map.Entry<String, JsonNode> each : all.path("capture").properties()) {
      String place = "capture." + each.getKey();
      Map<String, JsonNode> keys = new TreeMap<>(defaults);
      keys.putAll(table(place, each.getValue()));
      CaptureCommand capture = command(place, each.getKey(), keys, root);
      Path socket = capture.options().qmp().toAbsolutePath().normalize();
      String other = sockets.put(socket, place);
      if (other != null) {
        throw bad(place, "qmp: " + socket + " is that of [" + other + "], too");
      }
      captures.add(capture);
    }
    return captures;
  }

  private JsonNode parse() throws IOException {
    try {
      if (Files.size(file) > MOST_BYTES) {
        throw new UsageException("--config " + file + ": expected at most 1 MiB");
      }
      return new TomlMapper().readTree(Files.readAllBytes(file));
    } catch (NoSuchFileException e) {
      throw new UsageException("--config " + file + ": no such file");
    } catch (JsonProcessingException e) {
      String where =
          e.getLocation() == null
              ? ""
              : "line "
                  + e.getLocation().getLineNr()
                  + ", column "
                  + e.getLocation().getColumnNr()
                  + ": ";
      throw new UsageException("--config " + file + ": " + where + e.getOriginalMessage());
    }
  }

  private Map<String, JsonNode> table(String place, JsonNode node) {
    if (!node.isMissingNode() && !node.isObject()) {
      throw bad(place, "expected a table");
    }
    Map<String, JsonNode> keys = new TreeMap<>();
    for (Map.Entry<String, JsonNode> each : node.properties()) {
      if (!KEYS.contains(each.getKey())) {
        throw bad(place, each.getKey() + ": no such key; see: cairn help capture");
      }
      keys.put(each.getKey(), each.getValue());
    }
    return keys;
  }

  private CaptureCommand command(
      String place, String chain, Map<String, JsonNode> keys, RootCommand root) throws IOException {
    List<String> words = new ArrayList<>();
    keys.forEach((key, value) -> add(place, key, value, words));
    words.add("--");
    words.add(chain);
    CaptureCommand capture = new CaptureCommand();
    try {
      new CommandLine(capture).parseArgs(words.toArray(String[]::new));
      capture.root = root;
      ChainName.check(chain);
      capture.options();
      return capture;
    } catch (ParameterException | UsageException | StoreException e) {
      throw bad(place, String.valueOf(e.getMessage()));
    }
  }

  private void add(String place, String key, JsonNode value, List<String> words) {
    if (value.isArray()) {
      value.forEach(each -> add(place, key, each, words));
    } else if (value.isTextual() || value.isIntegralNumber()) {
      words.add("--" + key + "=" + value.asText());
    } else {
      throw bad(place, key + ": expected a text or a whole number, found " + value);
    }
  }

  private UsageException bad(String place, String what) {
    return new UsageException("--config " + file + ": [" + place + "]: " + what);
  }
}
