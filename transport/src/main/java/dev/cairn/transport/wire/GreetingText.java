package dev.cairn.transport.wire;

import dev.cairn.store.BadInputException;
import dev.cairn.store.StoreException;
import dev.cairn.store.Text;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/** HELLO and WELCOME as lines. Stateless. */
public final class GreetingText {
  /** Longest greeting, bytes. */
  public static final int MOST_BYTES = 16 << 10;

  private GreetingText() {}

  /** Returns the bytes of a HELLO. */
  public static byte[] write(Hello hello) {
    StringBuilder text = new StringBuilder();
    line(text, "role", List.of(hello.role().text()));
    line(text, "link", List.of(hello.link().text()));
    hello.session().ifPresent(token -> line(text, "session", List.of(token)));
    abilities(text, hello.abilities());
    hello.token().ifPresent(token -> line(text, "token", List.of(token.name(), token.proof())));
    return bytes(text);
  }

  /** Returns the bytes of a WELCOME. */
  public static byte[] write(Welcome welcome) {
    StringBuilder text = new StringBuilder();
    welcome.session().ifPresent(token -> line(text, "session", List.of(token)));
    abilities(text, welcome.abilities());
    return bytes(text);
  }

  private static byte[] bytes(StringBuilder text) {
    byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
    if (bytes.length > MOST_BYTES) {
      throw new IllegalArgumentException("a greeting of " + bytes.length + " bytes");
    }
    return bytes;
  }

  private static void abilities(StringBuilder text, Abilities can) {
    line(text, "formats", List.of(can.formats().toString()));
    line(text, "manifests", List.of(can.manifests().toString()));
    line(text, "pagesizes", can.pageSizes().stream().map(String::valueOf).toList());
    line(text, "codecs", List.copyOf(can.codecs()));
    line(text, "streams", List.of(String.valueOf(can.streams())));
    line(text, "requests", List.of(String.valueOf(can.requests())));
    line(text, "features", List.copyOf(can.features()));
    line(text, "software", List.of(can.software()));
  }

  private static void line(StringBuilder text, String name, List<String> fields) {
    text.append(name);
    fields.forEach(field -> text.append(' ').append(GreetingWords.encode(field)));
    text.append('\n');
  }

  /**
   * Reads a HELLO.
   *
   * @param in from its position to its limit, at most {@link #MOST_BYTES}
   * @throws BadInputException if it is none
   * @throws dev.cairn.store.RefusedException if it has a line that begins with {@code X-}
   */
  public static Hello readHello(ByteBuffer in) throws StoreException {
    GreetingLines lines = GreetingLines.read("HELLO", in);
    Role role = lines.word("role", Role::ofText);
    LinkKind link = lines.word("link", LinkKind::ofText);
    Optional<Hello.Token> token = Optional.empty();
    if (lines.has("token")) {
      List<String> fields = lines.fields("token", 2, 2);
      if (!Text.isSound(fields.get(0), 1, 255) || !Text.isSound(fields.get(1), 1, 64)) {
        throw lines.bad("token", "a name and a proof", "others");
      }
      token = Optional.of(new Hello.Token(fields.get(0), fields.get(1)));
    }
    return new Hello(role, link, session(lines), abilities(lines), token);
  }

  /** Reads a WELCOME; fails as {@link #readHello}. */
  public static Welcome readWelcome(ByteBuffer in) throws StoreException {
    GreetingLines lines = GreetingLines.read("WELCOME", in);
    return new Welcome(session(lines), abilities(lines));
  }

  private static Optional<String> session(GreetingLines lines) throws BadInputException {
    return lines.has("session")
        ? Optional.of(lines.fields("session", 1, 1).getFirst())
        : Optional.empty();
  }

  private static Abilities abilities(GreetingLines lines) throws BadInputException {
    SortedSet<Integer> pageSizes = new TreeSet<>();
    for (String size : lines.fields("pagesizes", 1, GreetingLines.MOST_FIELDS)) {
      pageSizes.add(lines.number("pagesizes", size));
    }
    return new Abilities(
        range(lines, "formats"),
        range(lines, "manifests"),
        pageSizes,
        names(lines, "codecs", 1),
        lines.number("streams", lines.fields("streams", 1, 1).getFirst()),
        lines.number("requests", lines.fields("requests", 1, 1).getFirst()),
        lines.has("features") ? names(lines, "features", 0) : new TreeSet<>(),
        lines.has("software") ? software(lines) : "");
  }

  private static String software(GreetingLines lines) throws BadInputException {
    String software = lines.fields("software", 1, 1).getFirst();
    if (!Text.isSound(software, 0, Message.MOST_TEXT)) {
      throw lines.bad("software", "a text without control characters", "another");
    }
    return software;
  }

  private static VersionRange range(GreetingLines lines, String name) throws BadInputException {
    String field = lines.fields(name, 1, 1).getFirst();
    int dash = field.indexOf('-');
    if (dash < 0) {
      throw lines.bad(name, "OLDEST-NEWEST", field);
    }
    return new VersionRange(
        lines.number(name, field.substring(0, dash)),
        lines.number(name, field.substring(dash + 1)));
  }

  private static SortedSet<String> names(GreetingLines lines, String name, int least)
      throws BadInputException {
    List<String> names = new ArrayList<>(lines.fields(name, least, GreetingLines.MOST_FIELDS));
    for (String each : names) {
      if (!Tokens.isSound(each)) {
        throw lines.bad(name, "names", "another word");
      }
    }
    return new TreeSet<>(names);
  }
}
