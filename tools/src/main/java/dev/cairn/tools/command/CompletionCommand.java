package dev.cairn.tools.command;

import dev.cairn.tools.pages.FishCompletion;
import dev.cairn.tools.pages.ZshCompletion;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code cairn completion}. */
@Command(
    name = "completion",
    description =
        "prints a completion script: source <(cairn completion), or cairn completion fish | source")
final class CompletionCommand implements Callable<Integer> {
  @ParentCommand RootCommand root = new RootCommand();

  @Spec @Nullable CommandSpec spec;

  @Parameters(arity = "0..1", paramLabel = "SHELL", description = "bash (default), zsh or fish")
  String shell = "bash";

  @Override
  public Integer call() {
    if (spec != null) {
      CommandSpec all = spec.root();
      root.console()
          .print(
              switch (shell) {
                case "bash" -> AutoComplete.bash("cairn", all.commandLine());
                case "zsh" -> ZshCompletion.of(all);
                case "fish" -> FishCompletion.of(all);
                default ->
                    throw new UsageException(
                        "completion: " + shell + ": expected bash, zsh or fish");
              });
    }
    return ExitCodes.DONE;
  }
}
