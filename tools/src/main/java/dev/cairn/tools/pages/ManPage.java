package dev.cairn.tools.pages;

import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** A command's manual page, in the language of man(7). Not thread-safe. */
public final class ManPage {
  private final StringBuilder page = new StringBuilder();
  private final CommandSpec command;

  private ManPage(CommandSpec command) {
    this.command = command;
  }

  /** Returns the name of a command's page, without its section: {@code cairn-list}. */
  public static String name(CommandSpec command) {
    return command.qualifiedName("-");
  }

  /** Returns a command's page. */
  public static String of(CommandSpec command) {
    return new ManPage(command).write();
  }

  private String write() {
    CommandSpec root = command.root();
    String version = String.join(" ", root.version());
    page.append(
        ".TH \"%s\" \"1\" \"\" \"%s\" \"Cairn\"\n"
            .formatted(name(command).toUpperCase(Locale.ROOT), version));
    section("NAME");
    page.append(escape(name(command))).append(" \\- ").append(escape(Words.about(command)));
    page.append('\n');
    section("SYNOPSIS");
    page.append(".nf\n").append(escapeLines(synopsis())).append(".fi\n");
    parameters();
    options();
    if (command == root) {
      commands();
    }
    section("EXIT STATUS");
    root.usageMessage().exitCodeList().forEach(this::entry);
    section("ENVIRONMENT");
    entry("CAIRN_STORE", "the store, where --store is not given");
    entry("CAIRN_RDMA_PROVIDER", "disni: rdma: goes over DiSNI's own library; see RDMA.md");
    section("SEE ALSO");
    page.append(seeAlso(root)).append('\n');
    return page.toString();
  }

  private String synopsis() {
    return new Help(command, Help.defaultColorScheme(Help.Ansi.OFF)).synopsis(0);
  }

  private void section(String title) {
    page.append(".SH \"").append(title).append("\"\n");
  }

  private void entry(String term, String text) {
    page.append(".TP\n\\fB").append(escape(term)).append("\\fR\n");
    page.append(escape(text)).append('\n');
  }

  private void parameters() {
    if (command.positionalParameters().isEmpty()) {
      return;
    }
    section("ARGUMENTS");
    for (PositionalParamSpec parameter : command.positionalParameters()) {
      entry(parameter.paramLabel(), sentence(parameter.description()));
    }
  }

  private void options() {
    section("OPTIONS");
    for (OptionSpec option : Words.options(command)) {
      page.append(".TP\n");
      page.append(
          Arrays.stream(option.names())
              .map(name -> "\\fB" + escape(name) + "\\fR")
              .collect(Collectors.joining(", ")));
      if (Words.takesValue(option)) {
        page.append("=\\fI").append(escape(option.paramLabel())).append("\\fR");
      }
      page.append('\n').append(escape(sentence(option.description()))).append('\n');
    }
  }

  /** A term must have something beside it. */
  private static String sentence(String[] description) {
    String text = Words.text(description);
    return text.isEmpty() ? "see the description above" : text;
  }

  private void commands() {
    section("COMMANDS");
    for (CommandSpec each : Words.commands(command)) {
      entry(name(each) + "(1)", Words.about(each));
    }
  }

  private String seeAlso(CommandSpec root) {
    if (command == root) {
      return "/usr/share/doc/cairn/GUIDE.md";
    }
    Map<String, ?> all = root.subcommands();
    return "\\fB" + escape(name(root)) + "\\fR(1), which lists all " + all.size() + " commands";
  }

  private static String escapeLines(String lines) {
    return lines.lines().map(line -> escape(line) + "\n").collect(Collectors.joining());
  }

  /** A line that begins with a dot or a quote would be a request. */
  private static String escape(String text) {
    String escaped = text.replace("\\", "\\(rs").replace("-", "\\-");
    return escaped.startsWith(".") || escaped.startsWith("'") ? "\\&" + escaped : escaped;
  }
}
