package dev.cairn.tools.command;

import java.util.Collection;
import java.util.List;
import java.util.Set;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/**
 * All commands, in the order in which help has them. Stateless.
 *
 * <p>A model of all of them takes longer than most commands do, so the one that is run has only
 * those that its words may mean.
 */
public final class Commands {
  private static final List<Class<?>> ALL =
      List.of(
          HelpCommand.class,
          CompletionCommand.class,
          InitCommand.class,
          CheckpointCommand.class,
          CaptureCommand.class,
          StatusCommand.class,
          ListCommand.class,
          ShowCommand.class,
          DiffCommand.class,
          StatsCommand.class,
          HeatmapCommand.class,
          ReportCommand.class,
          RestoreCommand.class,
          ResumeCommand.class,
          ServeCommand.class,
          LimitRateCommand.class,
          SendCommand.class,
          UffdServeCommand.class,
          MergeCommand.class,
          CompactCommand.class,
          ForgetCommand.class,
          PinCommand.class,
          LabelCommand.class,
          ForkCommand.class,
          CopyCommand.class,
          PullCommand.class,
          VerifyCommand.class,
          RepairCommand.class,
          ReindexCommand.class,
          DemoCommand.class,
          BenchCommand.class);

  /** Of these the words do not tell whom they are about. */
  private static final List<Class<?>> OF_ALL = List.of(HelpCommand.class, CompletionCommand.class);

  /** Which Cairn this is no command says. */
  private static final Set<String> VERSION = Set.of("-V", "--version");

  private Commands() {}

  /**
   * Returns the command line for some words: with those commands that are named in them, or all.
   */
  public static CommandLine of(RootCommand root, String... words) {
    CommandLine line = new CommandLine(root);
    Set<String> said = Set.copyOf(List.of(words));
    if (VERSION.containsAll(said) && !said.isEmpty()) {
      return line;
    }
    List<Class<?>> named = ALL.stream().filter(one -> isNamed(one, said)).toList();
    boolean some =
        !named.isEmpty()
            && named.stream().noneMatch(OF_ALL::contains)
            && said.stream().noneMatch(Commands::asksForMore);
    (some ? named : ALL).forEach(line::addSubcommand);
    return line;
  }

  private static boolean isNamed(Class<?> command, Collection<String> said) {
    Command told = command.getAnnotation(Command.class);
    return said.contains(told.name()) || List.of(told.aliases()).stream().anyMatch(said::contains);
  }

  /** Help may be about all, and a file of words may name others. */
  private static boolean asksForMore(String word) {
    return word.startsWith("@") || word.equals("--help") || word.matches("-[A-Za-z]*h[A-Za-z]*");
  }
}
