package dev.cairn.tools.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.store.CorruptFileException;
import dev.cairn.tools.command.ThrownMessages.Thrown;
import dev.cairn.transport.link.FailureException;
import dev.cairn.transport.wire.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/**
 * Every message of every exception that the sources throw says what to do next, or the table does;
 * all of them stand in ERRORS.md.
 */
class ErrorMessagesTest {
  private static final Path ROOT = Path.of("..");
  private static final Path TABLE = Path.of("ERRORS.md");
  private static final Path MADE = Path.of("target/ERRORS.md");

  /** These end no command by their message. */
  private static final Map<String, String> NOT_TOLD =
      Map.ofEntries(
          Map.entry("IllegalArgumentException", "a defect, or what an option's error is made of"),
          Map.entry("IllegalStateException", "a defect"),
          Map.entry("UnsupportedOperationException", "a defect"),
          Map.entry("UncheckedIOException", "its cause is told"),
          Map.entry("CatalogDamagedException", "the catalog is made anew"),
          Map.entry("CertificateException", "TLS tells it in a handshake's failure"),
          Map.entry("GeneralSecurityException", "TlsCredentials tells it"),
          Map.entry("InvalidKeySpecException", "TlsCredentials tells it"),
          Map.entry("TimeoutException", "CommandSnapshot tells it"),
          Map.entry("ClosedChannelException", "has no message"),
          Map.entry("LinkException", "Postcopy tells it"),
          Map.entry("LinkDownException", "Postcopy and Precopy tell it"),
          Map.entry("LostCheckpointException", "a warning: the guest runs, the next point comes"),
          Map.entry("NoRoomException", "a warning: the guest runs, the next point comes"),
          Map.entry("ModeFailedException", "another mode is tried, or RefusedException tells it"),
          Map.entry("RefusedClientException", "a line of a service's log: that client is refused"),
          Map.entry("OtherStateException", "the pull asks for the other state"));

  /** The kernel says them, or it is their cause or command that tells them apart. */
  private static final Set<String> MADE_ELSEWHERE =
      Set.of(
          "ConnectException: [no QEMU listens there]",
          "FailureException: [damage at the source]",
          "TransferPausedException: [a postcopy whose source is damaged]",
          "IOException: […no space left…, …quota exceeded…]",
          "IOException: […read-only file system…]",
          "IOException: […too many open files…]");

  private static final Map<String, String> COMMANDS =
      Map.of(
          "tools/bench", "bench",
          "tools/demo", "demo",
          "tools/qemu", "demo",
          "tools/capture", "capture",
          "tools/guardian", "capture",
          "tools/qmp", "capture",
          "tools/disk", "capture",
          "tools/resume", "resume",
          "tools/uffd", "uffd-serve");

  @Test
  void everyMessageSaysWhatToDoNextAndStandsInTheTable() throws IOException {
    Set<String> rows = new TreeSet<>();
    List<String> silent = new ArrayList<>();
    Set<NextStep> used = new HashSet<>();
    List<Thrown> all = ThrownMessages.below(ROOT);
    assertTrue(all.size() > 500, () -> "only " + all.size() + " were found");
    for (Thrown one : all) {
      if (NOT_TOLD.containsKey(one.kind())) {
        continue;
      }
      NextStep.Failure failure = failure(one);
      Optional<NextStep> step = NextSteps.own(failure);
      step.ifPresent(used::add);
      if (!one.text().replaceAll("expected|found", "").matches(".*[A-Za-z].*")) {
        continue; // what it says is known at run time only
      }
      boolean saysIt =
          NextSteps.isAdvice(one.text())
              || one.text().endsWith("; …"); // who makes it says what is next
      if (!saysIt && step.isEmpty()) {
        silent.add(one.kind() + ": " + one.text() + "  (" + one.file() + ")");
      }
      String next = saysIt ? "it says it" : step.map(NextStep::next).orElse("?");
      rows.add("| %3d | %s | %s |".formatted(failure.exit(), cell(one.text()), cell(next)));
    }
    assertEquals(
        List.of(),
        silent,
        "messages that say nothing of what to do next: say it there (\"; see: cairn …\"), or give"
            + " them a row in NextStepTable");
    Set<String> dead =
        NextStepTable.STEPS.stream()
            .filter(step -> !used.contains(step))
            .map(step -> step.kind().getSimpleName() + ": " + step.lines())
            .filter(text -> !MADE_ELSEWHERE.contains(text))
            .collect(Collectors.toCollection(TreeSet::new));
    assertEquals(Set.of(), dead, "rows for which there is no message any more");
    hold(rows);
  }

  private static void hold(Set<String> rows) throws IOException {
    String made =
        """
        # What errors say, and what to do next

        Made of the sources by `ErrorMessagesTest`; `cairn help errors` has the table that it \
        follows from. … is what is known at run time only; \
        "it says it": the message itself says what is next.

        | exit code | message | next |
        |---|---|---|
        """
            + String.join("\n", rows)
            + "\n";
    Files.createDirectories(Path.of("target"));
    Files.writeString(MADE, made);
    assertEquals(
        Files.exists(TABLE) ? Files.readString(TABLE) : "",
        made,
        "the messages have changed: look at them, then: cp tools/target/ERRORS.md tools/ERRORS.md");
  }

  private static String cell(String text) {
    return text.replace("|", "\\|").replaceAll("\\s*\\R\\s*", " ");
  }

  private static NextStep.Failure failure(Thrown one) {
    Class<? extends Throwable> kind = kind(one);
    Optional<ErrorCode> code =
        one.code().isEmpty() ? Optional.empty() : Optional.of(ErrorCode.valueOf(one.code()));
    String command =
        one.place().startsWith("transport/") ? "pull" : COMMANDS.getOrDefault(one.place(), "");
    return new NextStep.Failure(exit(kind, code), kind, code, one.text(), command);
  }

  /** Returns the exit code of a failure of a class. */
  private static int exit(Class<?> kind, Optional<ErrorCode> code) {
    if (kind == ParameterException.class) {
      return ExitCodes.USAGE; // picocli's, which Cairn handles
    }
    if (kind == CorruptFileException.class) {
      return ExitCodes.of(new CorruptFileException("f", "w", 0, "a", "b"));
    }
    if (kind == FailureException.class) {
      return ExitCodes.of(FailureException.of(code.orElse(ErrorCode.FAILED), "x"));
    }
    try {
      return ExitCodes.of((Throwable) kind.getConstructor(String.class).newInstance("x"));
    } catch (ReflectiveOperationException none) {
      try {
        return ExitCodes.of(
            (Throwable)
                kind.getConstructor(String.class, Throwable.class)
                    .newInstance("x", new IOException("y")));
      } catch (ReflectiveOperationException neither) {
        return exit(Objects.requireNonNull(kind.getSuperclass()), code);
      }
    }
  }

  /** Returns the class that a source means by a name. */
  private static Class<? extends Throwable> kind(Thrown one) {
    List<String> names = new ArrayList<>();
    String source;
    try {
      source = Files.readString(one.file());
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    Matcher imported = Pattern.compile("import ([\\w.]+\\." + one.kind() + ");").matcher(source);
    if (imported.find()) {
      names.add(imported.group(1).replace("CommandLine.", "CommandLine$"));
    }
    Matcher in = Pattern.compile("^package ([\\w.]+);", Pattern.MULTILINE).matcher(source);
    assertTrue(in.find());
    String file = String.valueOf(one.file().getFileName()).replace(".java", "");
    names.add(in.group(1) + "." + one.kind());
    names.add(in.group(1) + "." + file + "$" + one.kind());
    names.add(FailureException.class.getName()); // what peers get is made by other names, too
    for (String name : names) {
      try {
        return Class.forName(name, false, ErrorMessagesTest.class.getClassLoader())
            .asSubclass(Throwable.class);
      } catch (ClassNotFoundException e) {
        // the next name
      }
    }
    throw new AssertionError("no class " + one.kind() + " in " + names);
  }

  @Test
  void theTableHasTheExitCodesThatCommandsEndBy() {
    for (NextStep step : NextSteps.all()) {
      if (!step.kind().getSimpleName().matches("FailureException|TransferPausedException")) {
        assertEquals(step.exit(), exit(step.kind(), Optional.empty()), step::toString);
      }
    }
  }

  @Test
  void theCommandsAndOptionsThatTheTableNamesAreThere() {
    CommandLine all = Commands.of(new RootCommand());
    for (NextStep step : NextSteps.all()) {
      assertFalse(step.next().isBlank(), step::toString);
      Matcher named = Pattern.compile("cairn ([a-z-]+)([^;,(]*)").matcher(step.next());
      while (named.find()) {
        if (named.group(1).startsWith("--")) {
          continue; // an option of cairn itself
        }
        CommandLine command = all.getSubcommands().get(named.group(1));
        assertNotNull(command, () -> named.group(1) + " in " + step.next());
        Matcher option = Pattern.compile("--[a-z-]*[a-z](?!-)\\b").matcher(named.group(2));
        while (option.find()) {
          String word = option.group();
          assertTrue(
              command.getCommandSpec().findOption(word) != null, () -> word + " in " + step.next());
        }
      }
    }
  }

  @Test
  void whoIsToldWhatToDoIsNotToldTwice() {
    assertEquals(Optional.empty(), next(new IOException("it broke; see: cairn list")));
    assertTrue(
        next(new IOException("write: no space left on device")).orElse("").contains("cairn merge"));
    assertEquals(
        Optional.of("cairn help forget"), NextSteps.of(new UsageException("no"), "no", "forget"));
  }

  private static Optional<String> next(Throwable failure) {
    return NextSteps.of(failure, String.valueOf(failure.getMessage()), "");
  }
}
