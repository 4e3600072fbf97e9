package dev.cairn.tools.command;

import dev.cairn.chain.Environment;
import dev.cairn.chain.Store;
import dev.cairn.store.NoSuchPointException;
import dev.cairn.store.io.FileSystemDirectory;
import dev.cairn.store.io.FileSystemOptions;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The options that all commands share, and what they need to begin. */
@Command(
    name = "cairn",
    description = "Layered, incremental checkpoints of the memory of virtual machines.",
    mixinStandardHelpOptions = true,
    version = "cairn 0.1.0",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      HelpCommand.class,
      CompletionCommand.class,
      InitCommand.class,
      CheckpointCommand.class,
      ListCommand.class,
      ShowCommand.class,
      DiffCommand.class,
      StatsCommand.class,
      RestoreCommand.class,
      MergeCommand.class,
      CompactCommand.class,
      ForgetCommand.class,
      PinCommand.class,
      LabelCommand.class,
      ForkCommand.class,
      CopyCommand.class,
      VerifyCommand.class,
      RepairCommand.class,
      ReindexCommand.class,
      DemoCommand.class,
      BenchCommand.class
    })
public final class RootCommand implements Runnable {
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  @Option(
      names = "--store",
      paramLabel = "DIR",
      scope = ScopeType.INHERIT,
      description = "the store; CAIRN_STORE stands for it")
  @Nullable Path store;

  @Option(
      names = "--json",
      scope = ScopeType.INHERIT,
      description = "results as JSON on standard output")
  boolean json;

  @Option(
      names = {"-q", "--quiet"},
      scope = ScopeType.INHERIT,
      description = "results only")
  boolean quiet;

  @Option(
      names = {"-v", "--verbose"},
      scope = ScopeType.INHERIT,
      description = "say more")
  boolean verbose;

  @Option(
      names = "--no-progress",
      scope = ScopeType.INHERIT,
      description = "no progress on standard error")
  boolean noProgress;

  @Option(
      names = "--unsafe-filesystem",
      scope = ScopeType.INHERIT,
      description = "take a store on a network file system all the same")
  boolean unsafeFileSystem;

  @Spec @Nullable CommandSpec spec;

  public RootCommand() {}

  @Override
  public void run() {
    if (spec != null) {
      throw new ParameterException(spec.commandLine(), "which command?");
    }
  }

  Console console() {
    return new Console(this);
  }

  Environment environment() {
    return new Environment(Clock.systemUTC(), new SecureRandom(), PATIENCE);
  }

  /** Returns where the store is. */
  Path storePath() {
    if (store != null && !store.toString().isEmpty()) {
      return store;
    }
    String fromEnvironment = System.getenv("CAIRN_STORE");
    if (fromEnvironment == null || fromEnvironment.isEmpty()) {
      throw new UsageException("which store? give --store DIR or set CAIRN_STORE");
    }
    return Path.of(fromEnvironment);
  }

  /** Opens the store. The caller closes it. */
  Store openStore() throws IOException {
    return openStore(storePath());
  }

  /** Opens a store. The caller closes it. */
  Store openStore(Path path) throws IOException {
    try {
      return Store.open(FileSystemDirectory.open(path, fileSystemOptions()), environment());
    } catch (NoSuchFileException | NotDirectoryException e) {
      throw new NoSuchPointException(
          path + " is no store; make one: cairn --store " + path + " init");
    }
  }

  FileSystemOptions fileSystemOptions() {
    return FileSystemOptions.standard().withUnsafeFileSystem(unsafeFileSystem);
  }
}
