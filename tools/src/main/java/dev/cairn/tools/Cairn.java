package dev.cairn.tools;

import dev.cairn.tools.command.Commands;
import dev.cairn.tools.command.Console;
import dev.cairn.tools.command.ExitCodes;
import dev.cairn.tools.command.RootCommand;
import picocli.CommandLine;

/** The entry of the command line. */
public final class Cairn {
  private Cairn() {}

  /** Runs one command and ends the process with its exit code. */
  public static void main(String[] args) {
    System.exit(run(args));
  }

  /** Runs one command and returns its exit code. */
  public static int run(String... args) {
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
    int exit = line.execute(args);
    if (System.out.checkError()) {
      System.err.println(
          "cairn: standard output: what was to be written there is lost; give it"
              + " room, or another reader, and the same command again");
      return exit == 0 ? ExitCodes.FAILED : exit;
    }
    return exit;
  }
}
