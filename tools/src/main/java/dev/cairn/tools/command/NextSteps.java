package dev.cairn.tools.command;

import dev.cairn.transport.link.FailureException;
import dev.cairn.transport.wire.ErrorCode;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What a person does next after a failure, out of {@link NextStepTable}. Stateless. */
final class NextSteps {
  /** A message that says itself how it goes on is given no second advice. */
  private static final Pattern ADVICE =
      Pattern.compile(
          String.join(
              "|",
              "[;:,] (or )?(see|use|give|take|try|make|merge|capture|pack|wait|start|resume it",
              "restore it|resume the point|open|finish|end|leave|put|save|stop|name|say|serve",
              "store|remove|install|have|tunnel|be root|there object-add|go on|correct it",
              "compact|to let|to go on|delete|chmod)\\b(?!:)",
              "the same command|try again",
              ": cairn [a-z-]+",
              ": --[a-z-]+$"));

  private NextSteps() {}

  /** Returns all rows. */
  static List<NextStep> all() {
    return Stream.concat(NextStepTable.STEPS.stream(), NextStepTable.REST.stream()).toList();
  }

  /** Returns the row of a failure, if the table has one of its own. */
  static Optional<NextStep> own(NextStep.Failure failure) {
    return NextStepTable.STEPS.stream().filter(step -> step.isFor(failure)).findFirst();
  }

  /** Tells whether a message says itself what to do next. */
  static boolean isAdvice(String message) {
    return ADVICE.matcher(message).find();
  }

  /**
   * Returns what is to be done next, for people; nothing if the message says it.
   *
   * @param command that failed; empty if there is none
   */
  static Optional<String> of(Throwable failure, String message, String command) {
    if (isAdvice(message)) {
      return Optional.empty();
    }
    Optional<ErrorCode> code =
        failure instanceof FailureException e ? Optional.of(e.code()) : Optional.empty();
    NextStep.Failure known =
        new NextStep.Failure(ExitCodes.of(failure), failure.getClass(), code, message, command);
    return own(known)
        .or(() -> NextStepTable.REST.stream().filter(step -> step.isFor(known)).findFirst())
        .map(step -> step.next().replace(" COMMAND", command.isEmpty() ? "" : " " + command));
  }
}
