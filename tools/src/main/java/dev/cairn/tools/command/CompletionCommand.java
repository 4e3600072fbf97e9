package dev.cairn.tools.command;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code cairn completion}. */
@Command(
    name = "completion",
    description = "prints a completion script for bash and zsh: source <(cairn completion)")
final class CompletionCommand implements Callable<Integer> {
  @ParentCommand RootCommand root = new RootCommand();

  @Spec @Nullable CommandSpec spec;

  @Override
  public Integer call() {
    if (spec != null) {
      root.console().print(AutoComplete.bash("cairn", spec.root().commandLine()));
    }
    return ExitCodes.DONE;
  }
}
