package dev.cairn.tools.qmp;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * QEMU's command line, without the secrets in it, and what of it starts such a QEMU again. Rather
 * too much is blanked than too little: a start line with a blank is put right by who knows the
 * secret.
 */
final class CommandLine {
  /** What stands for a secret. */
  static final String BLANK = "***";

  private static final int MOST_BYTES = 1 << 20;

  /** {@code key=value} between commas; a comma in a value is written twice. */
  private static final Pattern PAIR = Pattern.compile("(^|[, ])([^,= ]+)=((?:[^,]|,,)*)");

  private static final Pattern KERNEL_WORD = Pattern.compile("(^| )([^= ]+)=(\"[^\"]*\"|[^ ]*)");
  private static final Pattern USER_OF_URL =
      Pattern.compile("([a-zA-Z][a-zA-Z0-9+.-]*://)[^/@\\s]*@");
  private static final Pattern SECRET_KEY =
      Pattern.compile(
          "(?:.*[-._])?(?:pass|password|passwd|passphrase|pin|token|apikey|secret-data|chap|cookie)"
              + "(?:[-._].*)?|.*passw(?:or)?d");

  /** Options that belong to the run that was captured. */
  private static final Set<String> OF_THE_RUN_ALONE = Set.of("-daemonize");

  /** The same with a word behind them. */
  private static final Set<String> OF_THE_RUN_WITH_ONE = Set.of("-incoming", "-pidfile");

  private static final JsonMapper JSON = new JsonMapper();

  private CommandLine() {}

  /**
   * Reads the words of a process.
   *
   * @throws IOException if they cannot be read, or are too many
   */
  static List<String> read(long pid) throws IOException {
    byte[] bytes;
    try (InputStream in = Files.newInputStream(Path.of("/proc/" + pid + "/cmdline"))) {
      bytes = in.readNBytes(MOST_BYTES + 1);
    } catch (IOException e) {
      throw new IOException("its command line cannot be read");
    }
    if (bytes.length > MOST_BYTES) {
      throw new IOException("its command line is longer than " + MOST_BYTES + " bytes");
    }
    List<String> words = List.of(new String(bytes, StandardCharsets.UTF_8).split("\0", -1));
    return words.subList(0, Math.max(0, words.size() - 1));
  }

  /** Tells whether a process is a QEMU, by the name of its program. */
  static boolean isQemu(long pid) {
    try {
      return isQemu(read(pid));
    } catch (IOException e) {
      return false;
    }
  }

  /** A loader may stand before the program. */
  static boolean isQemu(List<String> words) {
    String program = words.isEmpty() ? "" : fileName(words.getFirst());
    boolean isLoader = program.startsWith("ld-") || program.startsWith("ld.so");
    return words.stream()
        .limit(isLoader ? 8 : 1)
        .map(CommandLine::fileName)
        .anyMatch(name -> name.contains("qemu") || name.equals("kvm"));
  }

  private static String fileName(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }

  /** Returns the words with secrets blanked. */
  static List<String> blanked(List<String> words) {
    List<String> shown = new ArrayList<>();
    String option = "";
    for (String word : words) {
      boolean isOption = word.startsWith("-") && word.length() > 1;
      shown.add(isOption ? word : blanked(option, word));
      option = isOption ? word.replaceFirst("^--", "-") : "";
    }
    return shown;
  }

  /** Returns a name of a file or a node without secrets. */
  static String blanked(String name) {
    return blanked("", name);
  }

  private static String blanked(String option, String word) {
    String json = word.startsWith("json:") ? word.substring(5) : word;
    if (json.startsWith("{")) {
      try {
        JsonNode value = JSON.readTree(json);
        blankIn(value);
        return word.substring(0, word.length() - json.length()) + value;
      } catch (JsonProcessingException e) {
        return BLANK; // nobody knows what is in it
      }
    }
    Pattern pairs = option.equals("-append") ? KERNEL_WORD : PAIR;
    String kind = word.replaceFirst("^qom-type=", "").replaceFirst("[,=].*", "");
    String blanked =
        pairs
            .matcher(word)
            .replaceAll(
                found ->
                    Matcher.quoteReplacement(
                        found.group(1)
                            + found.group(2)
                            + "="
                            + (isSecret(option, kind, found.group(2), found.group(3))
                                ? BLANK
                                : found.group(3))));
    return USER_OF_URL.matcher(blanked).replaceAll("$1" + BLANK + "@");
  }

  private static boolean isSecret(String option, String kind, String key, String value) {
    String name = key.toLowerCase(Locale.ROOT);
    return switch (option) {
          // Provisioning data and credentials go into guests by these.
          case "-fw_cfg" -> name.equals("string");
          case "-smbios" -> name.equals("value");
          case "-object" -> isSecretData(kind, name);
          default -> false;
        }
        || isSecretKey(name, value);
  }

  private static boolean isSecretData(String type, String key) {
    return type.startsWith("secret") && key.equals("data");
  }

  /** Ids of secret objects, and switches, are none. */
  private static boolean isSecretKey(String name, String value) {
    boolean isSwitch = Set.of("on", "off", "yes", "no", "true", "false").contains(value);
    boolean isId = name.endsWith("secret") || name.endsWith("id");
    return !isSwitch && !isId && SECRET_KEY.matcher(name).matches();
  }

  private static void blankIn(JsonNode value) {
    if (value instanceof ObjectNode object) {
      String type = object.path("qom-type").asText();
      for (var each : object.properties()) {
        String key = each.getKey().toLowerCase(Locale.ROOT);
        JsonNode inner = each.getValue();
        if (inner.isTextual() && (isSecretData(type, key) || isSecretKey(key, inner.textValue()))) {
          object.put(each.getKey(), BLANK);
        } else if (inner.isTextual()) {
          String text = USER_OF_URL.matcher(inner.textValue()).replaceAll("$1" + BLANK + "@");
          object.put(each.getKey(), text);
        }
      }
    }
    value.forEach(CommandLine::blankIn);
  }

  /** Returns the words that start such a QEMU: without what belonged to that run only. */
  static List<String> startWords(List<String> words) {
    List<String> kept = new ArrayList<>();
    for (int i = 0; i < words.size(); i++) {
      String option = words.get(i).replaceFirst("^--", "-");
      if (OF_THE_RUN_WITH_ONE.contains(option)) {
        i++;
      } else if (!OF_THE_RUN_ALONE.contains(option)) {
        kept.add(words.get(i));
      }
    }
    return kept;
  }
}
