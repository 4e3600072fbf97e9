package dev.cairn.tools.command;

import static dev.cairn.tools.command.NextStep.any;
import static dev.cairn.tools.command.NextStep.said;

import dev.cairn.store.BadInputException;
import dev.cairn.store.BadNameException;
import dev.cairn.store.BusyException;
import dev.cairn.store.CorruptFileException;
import dev.cairn.store.NoSuchPointException;
import dev.cairn.store.RefusedException;
import dev.cairn.tools.memory.IncompleteException;
import dev.cairn.tools.resume.DestinationLostException;
import dev.cairn.tools.resume.TransferPausedException;
import dev.cairn.transport.link.FailureException;
import java.io.InterruptedIOException;
import java.util.List;
import java.util.stream.Stream;
import picocli.CommandLine.ParameterException;

/**
 * What a person does next after each failure: the one table, which errors, {@code cairn help
 * errors} and ERRORS.md are made of. The first row that fits counts. Immutable.
 */
final class NextStepTable {
  static final String NEWER = "use the newer Cairn at both ends; which one it is: cairn --version";
  private static final String AGAIN =
      "cairn status says who is at it; when it is done, the same command again";
  static final String GOES_ON = "the same command again goes on; cairn status says how far";

  private static final List<NextStep> OTHERS =
      List.of(
          // The command line.
          any(
              ExitCodes.USAGE,
              ParameterException.class,
              "words that no command takes",
              "cairn help COMMAND"),
          any(
              ExitCodes.USAGE,
              UsageException.class,
              "options that make no sense",
              "cairn help COMMAND"),
          any(
              ExitCodes.USAGE,
              BadNameException.class,
              "a name that no chain can have",
              "give another name; those that there are: cairn list"),

          // Begun, and not at its end.
          any(
              ExitCodes.INCOMPLETE,
              IncompleteException.class,
              "a point that is here in part",
              GOES_ON),
          any(
              ExitCodes.INCOMPLETE,
              TransferPausedException.class,
              "a postcopy whose destination waits",
              "cairn resume POINT --recover, as the line says"),
          any(
              ExitCodes.INCOMPLETE,
              FailureException.class,
              "what the source has in part",
              "when the source has it (cairn status there), the same command again"),

          // Damage.
          said(
              ExitCodes.CORRUPT,
              CorruptFileException.class,
              "copy that file from a backup or another store; then cairn verify",
              "*any other store will do*"),
          any(
              ExitCodes.CORRUPT,
              CorruptFileException.class,
              "a file that is not as it was written",
              "to see all damage: cairn verify; to go back to what is intact: cairn repair CHAIN"),
          any(
              ExitCodes.CORRUPT,
              TransferPausedException.class,
              "a postcopy whose source is damaged",
              "cairn verify CHAIN; then cairn resume POINT --recover from an intact copy"),
          any(
              ExitCodes.CORRUPT,
              FailureException.class,
              "damage at the source",
              "there: cairn verify CHAIN, then cairn repair CHAIN"),

          // Refused.
          said(
              ExitCodes.REFUSED,
              RefusedException.class,
              "finish it with the Cairn that began it: cairn pull CHAIN; or cairn pull CHAIN"
                  + " --abandon",
              "*names files that are still being received*"),
          said(
              ExitCodes.REFUSED,
              RefusedException.class,
              "resume it without --clone if no other guest goes on from it: cairn help resume",
              "*--clone: expected a vmgenid device*"),
          said(
              ExitCodes.REFUSED,
              RefusedException.class,
              "use a newer Cairn; which one this is: cairn --version",
              "*: version: expected *, found *"),
          said(
              ExitCodes.REFUSED,
              RefusedException.class,
              "pull it into a new chain: cairn pull CHAIN --as NAME",
              "*no chain fits both"),
          said(
              ExitCodes.REFUSED,
              RefusedException.class,
              "start that VM anew; what keeps one: cairn help uffd-serve",
              "the record of a VM: *"),
          said(
              ExitCodes.REFUSED,
              RefusedException.class,
              "look at the certificates of both ends; cairn help COMMAND says which --tls-… there"
                  + " are",
              "*: TLS: *"),
          any(ExitCodes.REFUSED, FailureException.class, "versions that do not meet", NEWER),

          // No such thing.
          said(
              ExitCodes.NO_SUCH,
              NoSuchPointException.class,
              "those that there are: cairn stats CHAIN",
              "*no hold *"),
          said(
              ExitCodes.NO_SUCH,
              NoSuchPointException.class,
              "cairn show POINT says what it has",
              "*no RAM block *",
              "*no machine record*"),
          any(
              ExitCodes.NO_SUCH,
              NoSuchPointException.class,
              "no such store, chain or point",
              "those that there are: cairn list, cairn list CHAIN"),
          any(
              ExitCodes.NO_SUCH,
              FailureException.class,
              "no such thing at the source, or none for us",
              "there: cairn list; whom it lets in: cairn help serve"),

          // Busy, or taken.
          said(
              ExitCodes.BUSY,
              BusyException.class,
              "take another name: cairn copy CHAIN --to DIR --as NAME",
              "point * is * there, but no restore point here"),
          said(
              ExitCodes.BUSY,
              BusyException.class,
              "end who listens there (ss -ltnp), or give another port",
              "*cannot be listened at*"),
          any(ExitCodes.BUSY, BusyException.class, "somebody else is at it", AGAIN),
          any(ExitCodes.BUSY, FailureException.class, "somebody else is at it, there", AGAIN),

          // A guest that is lost, and what was ended.
          any(
              ExitCodes.LOST,
              DestinationLostException.class,
              "a destination lost in postcopy",
              "cairn resume POINT into a new one"),
          any(
              ExitCodes.INTERRUPTED,
              InterruptedIOException.class,
              "interrupted",
              "the same command again; what is complete is stored: cairn list"));

  /** For what the table has no row of its own: a test has no message rest on these. */
  static final List<NextStep> REST =
      List.of(
          any(
              ExitCodes.FAILED,
              BadInputException.class,
              "input that is not what it claims to be",
              "nothing was stored; what is taken: cairn help COMMAND"),
          any(
              ExitCodes.REFUSED,
              RefusedException.class,
              "what this Cairn does not take on",
              "what is taken: cairn help COMMAND; which one this is: cairn --version"),
          any(
              ExitCodes.FAILED,
              RuntimeException.class,
              "a defect of Cairn",
              "report these lines, and what cairn --version says"));

  static final List<NextStep> STEPS =
      Stream.concat(OTHERS.stream(), FailedSteps.STEPS.stream()).toList();

  private NextStepTable() {}
}
