package dev.cairn.tools.command;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code cairn help}: picocli's own has a {@code -h} that none of its neighbours can share. */
@Command(
    name = "help",
    description = "says what commands there are, what one does, or what errors tell")
final class HelpCommand implements Callable<Integer> {
  @ParentCommand RootCommand root = new RootCommand();

  @Spec @Nullable CommandSpec spec;

  @Parameters(
      arity = "0..1",
      paramLabel = "COMMAND",
      description = "without it: all; errors: what they say by exit code, and what to do next")
  @Nullable String command;

  @Override
  public Integer call() {
    if (ErrorsHelp.WORD.equals(command)) {
      ErrorsHelp.tell(root.console());
    } else if (spec != null) {
      CommandLine all = spec.root().commandLine();
      CommandLine asked = command == null ? all : all.getSubcommands().get(command);
      if (asked == null) {
        throw new UsageException(
            "help: there is no command "
                + command
                + OtherWords.better(all, String.valueOf(command))
                + "; see: cairn help");
      }
      root.console().print(asked.getUsageMessage());
    }
    return ExitCodes.DONE;
  }
}
