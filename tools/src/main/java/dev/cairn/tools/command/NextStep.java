package dev.cairn.tools.command;

import dev.cairn.transport.wire.ErrorCode;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * One row of the table of failures: which they are, and what a person does next. Immutable.
 *
 * @param exit code of the command that ends by it
 * @param kind of the failure
 * @param code that a peer sent, where it is a peer's failure
 * @param commands that it is about; empty: all
 * @param said patterns of the message, with {@code *} for any text; no case; empty: any message
 * @param words what is said, for people, where no pattern tells it
 * @param next what is to be done; {@code COMMAND} in it stands for the command that failed
 */
record NextStep(
    int exit,
    Class<? extends Throwable> kind,
    Optional<ErrorCode> code,
    List<String> commands,
    List<String> said,
    String words,
    String next) {

  /** One for some messages of a kind. */
  static NextStep said(int exit, Class<? extends Throwable> kind, String next, String... patterns) {
    return new NextStep(exit, kind, Optional.empty(), List.of(), List.of(patterns), "", next);
  }

  /** One for each message of a kind. */
  static NextStep any(int exit, Class<? extends Throwable> kind, String words, String next) {
    return new NextStep(exit, kind, Optional.empty(), List.of(), List.of(), words, next);
  }

  NextStep ofCode(ErrorCode one) {
    return new NextStep(exit, kind, Optional.of(one), commands, said, words, next);
  }

  NextStep in(String... some) {
    return new NextStep(exit, kind, code, List.of(some), said, words, next);
  }

  /** Tells whether a failure is one of these. */
  boolean isFor(Failure failure) {
    return exit == failure.exit
        && kind.isAssignableFrom(failure.kind)
        && (code.isEmpty() || code.equals(failure.code))
        && (commands.isEmpty() || commands.contains(failure.command))
        && (said.isEmpty() || said.stream().anyMatch(p -> matches(p, failure.message)));
  }

  private static boolean matches(String pattern, String message) {
    String regex =
        Arrays.stream(pattern.split("\\*", -1))
            .map(Pattern::quote)
            .collect(Collectors.joining(".*"));
    return Pattern.compile(regex, Pattern.DOTALL | Pattern.CASE_INSENSITIVE)
        .matcher(message)
        .matches();
  }

  /** Returns what is said, for people: a line for each pattern. */
  List<String> lines() {
    return said.isEmpty()
        ? List.of(words)
        : said.stream().map(pattern -> pattern.replace("*", "…")).toList();
  }

  /**
   * What is known of a failure. Immutable.
   *
   * @param command that failed; empty if there is none
   */
  record Failure(
      int exit,
      Class<? extends Throwable> kind,
      Optional<ErrorCode> code,
      String message,
      String command) {}
}
