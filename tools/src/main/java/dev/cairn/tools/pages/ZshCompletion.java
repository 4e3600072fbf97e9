package dev.cairn.tools.pages;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** Completion for zsh: to be autoloaded, or sourced. Stateless. */
public final class ZshCompletion {
  private ZshCompletion() {}

  /** Returns the script for a command and its own commands. */
  public static String of(CommandSpec root) {
    String function = "_" + root.name();
    List<String> lines = new ArrayList<>();
    lines.add("#compdef " + root.name());
    lines.add("# made from the command line of " + root.name());
    lines.add(function + "() {");
    lines.add("  local context state state_descr line");
    lines.add("  typeset -A opt_args");
    lines.add("  local -a commands=(");
    for (CommandSpec command : Words.commands(root)) {
      String name = command.name();
      lines.add("    " + quoted(name + ":" + Words.about(command).replace(":", "\\:")));
    }
    lines.add("  )");
    lines.add("  _arguments -C \\");
    options(root, "    ", lines);
    lines.add("    '1: :->command' '*:: :->rest'");
    lines.add("  case $state in");
    lines.add("    command) _describe command commands ;;");
    lines.add("    rest)");
    lines.add("      case $words[1] in");
    for (CommandSpec command : Words.commands(root)) {
      List<String> names = new ArrayList<>(List.of(command.name()));
      names.addAll(List.of(command.aliases()));
      lines.add("        " + String.join("|", names) + ")");
      lines.add("          _arguments \\");
      options(command, "            ", lines);
      lines.add("            '*: :_files' ;;");
    }
    lines.add("      esac ;;");
    lines.add("  esac");
    lines.add("}");
    lines.add("if [ \"$funcstack[1]\" = " + function + " ]; then");
    lines.add("  " + function + " \"$@\"");
    lines.add("else");
    lines.add("  compdef " + function + " " + root.name());
    lines.add("fi");
    return lines.stream().collect(Collectors.joining("\n", "", "\n"));
  }

  private static void options(CommandSpec command, String indent, List<String> lines) {
    for (OptionSpec option : Words.options(command)) {
      for (String name : option.names()) {
        String value = "";
        String sign = "";
        if (Words.takesValue(option)) {
          sign = name.startsWith("--") ? "=" : "";
          String label = option.paramLabel().replace(":", "\\:");
          value = ":" + label + ":" + (Words.takesFile(option) ? "_files" : "");
        }
        String text = "[" + escape(Words.text(option.description())) + "]";
        lines.add(indent + quoted("*" + name + sign + text + value) + " \\");
      }
    }
  }

  private static String escape(String text) {
    return text.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]").replace(":", "\\:");
  }

  private static String quoted(String text) {
    return "'" + text.replace("'", "'\\''") + "'";
  }
}
