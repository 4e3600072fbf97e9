package dev.cairn.transport.wire;

import dev.cairn.store.BadInputException;
import dev.cairn.store.RefusedException;
import dev.cairn.store.StoreException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** The lines of a greeting by their names, of unknown ones the names alone. Immutable. */
final class GreetingLines {
  /** All names of version 1; {@code ProtocolSpecTest} holds them against transport/PROTOCOL.md. */
  static final Set<String> KNOWN =
      Set.of(
          "role",
          "link",
          "session",
          "formats",
          "manifests",
          "pagesizes",
          "codecs",
          "streams",
          "requests",
          "features",
          "token",
          "software");

  /** Who does not know such a line must not go on. */
  private static final String MUST_KNOW = "X-";

  /** Of a line: counted before any is taken, whatever a peer sends. */
  static final int MOST_FIELDS = 64;

  private static final int MOST_SHOWN = 40;

  private final String greeting;
  private final Map<String, List<String>> lines;

  private GreetingLines(String greeting, Map<String, List<String>> lines) {
    this.greeting = greeting;
    this.lines = lines;
  }

  static GreetingLines read(String greeting, ByteBuffer in) throws StoreException {
    if (in.remaining() > GreetingText.MOST_BYTES) {
      throw new BadInputException(
          "%s: expected at most %d bytes, found %d"
              .formatted(greeting, GreetingText.MOST_BYTES, in.remaining()));
    }
    String text = Fields.utf8(in);
    Map<String, List<String>> lines = new HashMap<>();
    GreetingLines read = new GreetingLines(greeting, lines);
    int at = 0;
    while (at < text.length()) {
      int end = text.indexOf('\n', at);
      if (end < 0) {
        throw new BadInputException(greeting + ": expected an end of its last line, found none");
      }
      read.add(text.substring(at, end));
      at = end + 1;
    }
    return read;
  }

  private void add(String line) throws StoreException {
    int blank = line.indexOf(' ');
    String name = blank < 0 ? line : line.substring(0, blank);
    if (name.startsWith(MUST_KNOW)) {
      throw new RefusedException(
          "%s: expected lines that this version knows, found %s; use the newer Cairn at both ends"
              .formatted(greeting, shown(name)));
    }
    if (!Tokens.isSound(name)) {
      throw new BadInputException(greeting + ": expected a line's name, found another word");
    }
    boolean isRead = KNOWN.contains(name) && blank >= 0;
    if (lines.put(name, isRead ? words(name, line, blank) : List.of()) != null) {
      throw bad(name, "one line", "two");
    }
  }

  /** Returns a line's fields, each of which follows a blank. */
  private List<String> words(String name, String line, int blank) throws BadInputException {
    List<String> words = new ArrayList<>();
    for (int at = blank; at < line.length(); ) {
      if (words.size() == MOST_FIELDS) {
        throw bad(name, "at most " + MOST_FIELDS + " fields", "more");
      }
      int next = line.indexOf(' ', at + 1);
      int end = next < 0 ? line.length() : next;
      if (end == at + 1) {
        throw bad(name, "fields with one blank between them", "more blanks");
      }
      words.add(GreetingWords.decode(line.substring(at + 1, end)));
      at = end;
    }
    return List.copyOf(words);
  }

  private static String shown(String name) {
    return GreetingWords.encode(name.substring(0, Math.min(MOST_SHOWN, name.length())));
  }

  boolean has(String name) {
    return lines.containsKey(name);
  }

  List<String> fields(String name, int least, int most) throws BadInputException {
    List<String> fields = lines.get(name);
    if (fields == null) {
      throw bad(name, "the line", "none");
    }
    if (fields.size() < least || fields.size() > most) {
      throw bad(name, least + " to " + most + " fields", fields.size());
    }
    return fields;
  }

  <T> T word(String name, Function<String, Optional<T>> meaning) throws BadInputException {
    String field = fields(name, 1, 1).getFirst();
    return meaning
        .apply(field)
        .orElseThrow(() -> bad(name, "a word of this version", GreetingWords.encode(field)));
  }

  int number(String name, String field) throws BadInputException {
    boolean isNumber =
        !field.isEmpty()
            && field.length() <= 9
            && field.chars().allMatch(c -> c >= '0' && c <= '9');
    if (!isNumber) {
      throw bad(name, "a number", shown(field));
    }
    return Integer.parseInt(field);
  }

  BadInputException bad(String name, Object expected, Object actual) {
    return new BadInputException(
        "%s: %s: expected %s, found %s".formatted(greeting, name, expected, actual));
  }
}
