package dev.cairn.tools;

import dev.cairn.tools.command.Commands;
import dev.cairn.tools.command.RootCommand;
import dev.cairn.tools.pages.FishCompletion;
import dev.cairn.tools.pages.ManPage;
import dev.cairn.tools.pages.ZshCompletion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/** Writes manual pages and completions into a directory, where a distribution expects them. */
public final class Pages {
  private Pages() {}

  /** Takes the directory, a distribution's {@code share}. */
  public static void main(String[] args) throws IOException {
    Path share = Path.of(args[0]);
    CommandLine line = Commands.of(new RootCommand());
    CommandSpec root = line.getCommandSpec();
    write(share.resolve("man/man1/" + ManPage.name(root) + ".1"), ManPage.of(root));
    for (CommandLine each : line.getSubcommands().values()) {
      CommandSpec command = each.getCommandSpec();
      write(share.resolve("man/man1/" + ManPage.name(command) + ".1"), ManPage.of(command));
    }
    write(share.resolve("bash-completion/completions/cairn"), AutoComplete.bash(root.name(), line));
    write(share.resolve("zsh/vendor-completions/_cairn"), ZshCompletion.of(root));
    write(share.resolve("fish/vendor_completions.d/cairn.fish"), FishCompletion.of(root));
  }

  private static void write(Path file, String text) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }
}
