package dev.cairn.tools;

import dev.cairn.tools.command.Commands;
import dev.cairn.tools.command.Console;
import dev.cairn.tools.command.ExitCodes;
import dev.cairn.tools.command.RootCommand;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine;

/** The entry of the command line. */
public final class Cairn {
  private Cairn() {}

  /** Runs one command and ends the process with its exit code. */
  public static void main(String[] args) {
    System.exit(run(true, args));
  }

  /** Runs one command and returns its exit code. */
  public static int run(String... args) {
    return run(false, args);
  }

  /**
   * As above.
   *
   * @param ofProcess whether standard output is that of this process
   */
  private static int run(boolean ofProcess, String... args) {
    int exit = isVersion(args) ? version() : execute(args);
    if (System.out.checkError()) {
      if (ofProcess && isReaderGone()) {
        return exit == 0 ? ExitCodes.READER_GONE : exit;
      }
      System.err.println(
          "cairn: standard output: what was to be written there is lost; give it"
              + " room, or another reader, and the same command again");
      return exit == 0 ? ExitCodes.FAILED : exit;
    }
    return exit;
  }

  /** Asked for alone it needs no model of a command line, which takes most of its time. */
  private static boolean isVersion(String... args) {
    return args.length == 1 && (args[0].equals("--version") || args[0].equals("-V"));
  }

  private static int version() {
    System.out.println(RootCommand.VERSION);
    return 0;
  }

  private static int execute(String... args) {
    RootCommand root = new RootCommand();
    CommandLine line = Commands.of(root, args);
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.setExecutionExceptionHandler(
        (e, command, result) -> {
          root.error(e);
          return ExitCodes.of(e);
        });
    line.setExecutionStrategy(
        parsed -> {
          root.check();
          return new CommandLine.RunLast().execute(parsed);
        });
    line.setParameterExceptionHandler(
        (e, _) -> {
          Console.usage(e);
          return ExitCodes.USAGE;
        });
    return line.execute(args);
  }

  /**
   * A pipe refuses bytes only when nobody reads any more, as {@code head} that has what it wanted:
   * that is no failure to be told of.
   */
  private static boolean isReaderGone() {
    try {
      return Files.readSymbolicLink(Path.of("/proc/self/fd/1")).toString().startsWith("pipe:");
    } catch (IOException e) {
      return false; // then it is told
    }
  }
}
