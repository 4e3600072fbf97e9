package dev.cairn.tools.pages;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** What the pages and the completions take from a command's model. Stateless. */
final class Words {
  private Words() {}

  /** Returns the lines of a description as one text; in the model some are format strings. */
  static String text(String[] description) {
    return Arrays.stream(description)
        .map(line -> line.replace("%n", " ").replace("%%", "%"))
        .collect(Collectors.joining(" "))
        .strip();
  }

  static String about(CommandSpec command) {
    return text(command.usageMessage().description());
  }

  /** Returns a command's options that a person is told of, in the order of their names. */
  static List<OptionSpec> options(CommandSpec command) {
    return command.options().stream()
        .filter(option -> !option.hidden())
        .sorted((a, b) -> a.longestName().compareTo(b.longestName()))
        .toList();
  }

  static boolean takesValue(OptionSpec option) {
    return option.arity().max() > 0;
  }

  /** Tells whether a value of the option is a file or a directory of this machine. */
  static boolean takesFile(OptionSpec option) {
    String label = option.paramLabel();
    return takesValue(option) && (label.contains("DIR") || label.contains("FILE"));
  }

  /** Returns a command's own commands, each once and without its aliases. */
  static List<CommandSpec> commands(CommandSpec command) {
    return command.subcommands().values().stream()
        .map(CommandLine::getCommandSpec)
        .distinct()
        .toList();
  }
}
