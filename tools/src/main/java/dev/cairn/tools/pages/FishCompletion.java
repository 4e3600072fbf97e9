package dev.cairn.tools.pages;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** Completion for fish. Stateless. */
public final class FishCompletion {
  private FishCompletion() {}

  /** Returns the script for a command and its own commands. */
  public static String of(CommandSpec root) {
    List<String> lines = new ArrayList<>();
    lines.add("# fish completion of " + root.name() + ", made from its command line");
    String start = "complete -c " + root.name();
    for (OptionSpec option : Words.options(root)) {
      lines.add(start + " -n __fish_use_subcommand" + option(option));
    }
    for (CommandSpec command : Words.commands(root)) {
      lines.add(
          "%s -n __fish_use_subcommand -f -a %s -d %s"
              .formatted(start, command.name(), quoted(Words.about(command))));
    }
    for (CommandSpec command : Words.commands(root)) {
      List<String> names = new ArrayList<>(List.of(command.name()));
      names.addAll(List.of(command.aliases()));
      String when = " -n " + quoted("__fish_seen_subcommand_from " + String.join(" ", names));
      Words.options(command).forEach(option -> lines.add(start + when + option(option)));
    }
    return String.join("\n", lines) + "\n";
  }

  private static String option(OptionSpec option) {
    StringBuilder words = new StringBuilder();
    for (String name : option.names()) {
      words.append(name.startsWith("--") ? " -l " + name.substring(2) : " -s " + name.substring(1));
    }
    if (Words.takesFile(option)) {
      words.append(" -r -F");
    } else if (Words.takesValue(option)) {
      words.append(" -x");
    }
    return words.append(" -d ").append(quoted(Words.text(option.description()))).toString();
  }

  private static String quoted(String text) {
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
  }
}
