package dev.cairn.tools.qmp;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The RAM blocks of a QEMU, where they lie in its memory, and what they are made of. Immutable; a
 * picture of one moment.
 */
public record GuestRam(List<Block> blocks) {
  /** Memory in a file that has a name. */
  public static final String FILE = "memory-backend-file";

  private static final Pattern LINE =
      Pattern.compile(
          "\\s*(\\S+)\\s+([0-9]+)"
              + " ([KMG]?)i?B\\s+0x[0-9a-f]+\\s+0x([0-9a-f]+)\\s+0x([0-9a-f]+)(.*)");

  private static final Pattern ADDRESS = Pattern.compile("\\s+0x([0-9a-f]+)\\s.*");

  /**
   * A memory backend that a user gave.
   *
   * @param share whether what the guest writes is seen by others who map it
   */
  public record Backend(String id, String type, boolean share, long bytes) {
    /** Tells whether QEMU leaves it out of a stream with x-ignore-shared. */
    public boolean isIgnored() {
      return share && type.equals(FILE);
    }
  }

  /**
   * A line of {@code info ramblock}.
   *
   * @param address in the memory of QEMU; empty if this version does not tell it
   * @param readOnly for the guest
   * @param backend empty if QEMU made it by itself
   */
  public record Block(
      String name,
      long pageBytes,
      long usedBytes,
      long mostBytes,
      Optional<Long> address,
      boolean readOnly,
      Optional<Backend> backend) {}

  public GuestRam {
    blocks = List.copyOf(blocks);
  }

  /** Asks QEMU. */
  public static GuestRam read(Qmp qmp, Duration patience) throws IOException {
    Map<String, Backend> backends = new HashMap<>();
    for (Backend backend : backends(qmp, patience)) {
      backends.put(backend.id(), backend);
    }
    JsonNode text =
        qmp.execute("human-monitor-command", Map.of("command-line", "info ramblock"), patience);
    return new GuestRam(parse(text.asText(), backends));
  }

  /** Returns the memory backends that have a name. */
  public static List<Backend> backends(Qmp qmp, Duration patience) throws IOException {
    List<Backend> backends = new ArrayList<>();
    for (JsonNode each : qmp.execute("query-memdev", Map.of(), patience)) {
      String id = each.path("id").asText();
      if (id.isEmpty()) {
        continue; // one without a name is nobody's block
      }
      JsonNode type =
          qmp.execute("qom-get", Map.of("path", "/objects/" + id, "property", "type"), patience);
      backends.add(
          new Backend(
              id, type.asText(), each.path("share").asBoolean(), each.path("size").asLong()));
    }
    return backends;
  }

  /** Parses what {@code info ramblock} says; other lines are passed over. */
  static List<Block> parse(String text, Map<String, Backend> backends) {
    List<Block> blocks = new ArrayList<>();
    for (String line : text.lines().toList()) {
      Matcher matcher = LINE.matcher(line);
      if (matcher.matches()) {
        blocks.add(block(matcher, backends));
      }
    }
    return blocks;
  }

  private static Block block(Matcher line, Map<String, Backend> backends) {
    int shift = "KMG".indexOf(line.group(3));
    String name = line.group(1);
    String rest = line.group(6);
    Matcher address = ADDRESS.matcher(rest);
    return new Block(
        name,
        Long.parseLong(line.group(2)) << (line.group(3).isEmpty() ? 0 : 10 * (shift + 1)),
        Long.parseUnsignedLong(line.group(4), 16),
        Long.parseUnsignedLong(line.group(5), 16),
        address.matches()
            ? Optional.of(Long.parseUnsignedLong(address.group(1), 16))
            : Optional.empty(),
        rest.strip().endsWith("ro"),
        Optional.ofNullable(backends.get(name.replaceFirst("^/objects/", ""))));
  }
}
