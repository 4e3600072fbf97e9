package dev.cairn.tools.command;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The messages of the exceptions that the sources make, as far as they stand there: what is known
 * at run time only is {@code …}. Stateless.
 */
final class ThrownMessages {
  /**
   * A message.
   *
   * @param kind simple name of the exception
   * @param code of an answer that a peer gets, else empty
   * @param place module and package, such as tools/capture
   * @param file where it is made
   */
  record Thrown(String kind, String code, String text, String place, Path file) {}

  private static final Pattern MADE =
      Pattern.compile(
          "\\bnew (\\w+Exception|Message\\.Failure)\\(|\\bFailure(?:Exception|s)\\.of\\(");
  private static final Pattern FORMATTED =
      Pattern.compile("(\"(?:[^\"\\\\]|\\\\.)*\")\\s*\\.formatted\\(.*", Pattern.DOTALL);
  private static final Pattern FORMAT =
      Pattern.compile(
          "String\\.format\\(\\s*(?:Locale\\.ROOT,)?\\s*(\"(?:[^\"\\\\]|\\\\.)*\").*",
          Pattern.DOTALL);
  private static final String ANY = "…";

  private ThrownMessages() {}

  /** Returns those of all modules below a directory. */
  static List<Thrown> below(Path root) throws IOException {
    List<Thrown> all = new ArrayList<>();
    for (String module : List.of("store", "chain", "merge", "transport", "tools")) {
      try (Stream<Path> files = Files.walk(root.resolve(module).resolve("src/main/java"))) {
        files
            .filter(f -> f.toString().endsWith(".java"))
            .sorted()
            .forEach(f -> read(module, f, all));
      }
    }
    return all;
  }

  private static void read(String module, Path file, List<Thrown> into) {
    String source;
    try {
      source = Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    String place = module + "/" + Objects.requireNonNull(file.getParent()).getFileName();
    Matcher made = MADE.matcher(source);
    while (made.find()) {
      List<String> arguments = split(source, made.end(), ',');
      String kind = made.group(1) == null ? "FailureException" : made.group(1);
      boolean isPeers = made.group(1) == null || kind.equals("Message.Failure");
      if (isPeers && !arguments.getFirst().matches("ErrorCode\\.[A-Z_]+")) {
        continue; // who made it first has been read
      }
      String code = isPeers ? arguments.getFirst().substring("ErrorCode.".length()) : "";
      into.add(
          new Thrown(
              isPeers ? "FailureException" : kind, code, text(kind, code, arguments), place, file));
    }
  }

  private static String text(String kind, String code, List<String> arguments) {
    List<String> said = arguments.stream().map(ThrownMessages::template).toList();
    if (!code.isEmpty()) {
      return said.get(1)
          + (said.size() < 4 || said.get(2).isEmpty()
              ? ""
              : ": expected " + said.get(2) + ", found " + said.get(3))
          + (said.size() < 5 || said.get(4).isEmpty() ? "" : "; " + said.get(4));
    }
    return switch (kind) {
      case "CorruptFileException" ->
          said.get(0)
              + ": "
              + said.get(1)
              + " at offset "
              + said.get(2)
              + ": expected "
              + said.get(3)
              + ", found "
              + said.get(4);
      case "FileSystemException" -> said.get(0) + ": " + said.get(2);
      case "LinuxException" -> said.get(0) + ": " + ANY;
      case "QmpException" -> "QEMU refuses " + said.get(0) + ": " + said.get(2);
      case "ParameterException" -> said.get(1);
      default -> said.getFirst();
    };
  }

  /** Returns what of an expression is known here. */
  private static String template(String expression) {
    StringBuilder text = new StringBuilder();
    if (split(expression + ")", 0, '?').size() > 1) {
      return ANY;
    }
    for (String part : split(expression + ")", 0, '+')) {
      Matcher formatted = FORMATTED.matcher(part);
      Matcher format = FORMAT.matcher(part);
      if (formatted.matches() || format.matches()) {
        String literal = formatted.matches() ? formatted.group(1) : format.group(1);
        text.append(unquoted(literal).replaceAll("%[-0-9.$,]*[a-zA-Z]", ANY));
      } else if (part.length() > 1 && part.startsWith("\"")) {
        text.append(unquoted(part));
      } else if (!part.isEmpty()) {
        text.append(ANY);
      }
    }
    return text.toString().replaceAll(ANY + "+", ANY);
  }

  private static String unquoted(String literal) {
    return literal.substring(1, literal.length() - 1).translateEscapes();
  }

  /** Returns the parts of an expression up to the parenthesis that ends it. */
  private static List<String> split(String source, int from, char separator) {
    List<String> parts = new ArrayList<>();
    StringBuilder part = new StringBuilder();
    int depth = 0;
    for (int i = from; i < source.length(); i++) {
      char c = source.charAt(i);
      if (c == '"' || c == '\'') {
        int end = i + 1;
        while (source.charAt(end) != c) {
          end += source.charAt(end) == '\\' ? 2 : 1;
        }
        part.append(source, i, end + 1);
        i = end;
        continue;
      }
      if (c == ')' && depth == 0) {
        break;
      }
      depth += c == '(' || c == '{' || c == '[' ? 1 : c == ')' || c == '}' || c == ']' ? -1 : 0;
      if (c == separator && depth == 0) {
        parts.add(part.toString().strip());
        part.setLength(0);
      } else {
        part.append(c);
      }
    }
    parts.add(part.toString().strip());
    return parts;
  }
}
