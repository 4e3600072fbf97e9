package dev.cairn.tools.command;

import dev.cairn.chain.Environment;
import dev.cairn.chain.Store;
import dev.cairn.store.NoSuchPointException;
import dev.cairn.store.io.FileSystemDirectory;
import dev.cairn.store.io.FileSystemOptions;
import dev.cairn.store.io.StoreDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The options that all commands share, and what they need to begin. */
@Command(
    name = "cairn",
    description = "Layered, incremental checkpoints of the memory of virtual machines.",
    version = RootCommand.VERSION,
    synopsisSubcommandLabel = "COMMAND",
    exitCodeListHeading = "Exit codes:%n",
    exitCodeList = {
      "0:done",
      "1:failed, or what was given is wrong: nothing was changed",
      "2:the command line cannot be understood",
      "3:incomplete: what has been begun can go on",
      "4:damage: a file is not what it should be",
      "6:refused: it needs a newer Cairn, another machine, file system or page size, or more"
          + " memory",
      "7:a destination was lost in postcopy, and what its guest had done",
      "10:no such store, chain, restore point or hold",
      "11:busy, or taken: somebody else was faster; try again",
      "130:interrupted",
      "141:nobody reads standard output any more, as after | head"
    })
public final class RootCommand implements Runnable {
  /** What {@code --version} says. */
  public static final String VERSION = "cairn 0.1.0";

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
      description = "errors with their stack traces")
  boolean verbose;

  @Option(
      names = "--no-progress",
      scope = ScopeType.INHERIT,
      description = "no progress on standard error")
  boolean noProgress;

  @Option(
      names = "--log-json",
      scope = ScopeType.INHERIT,
      description = "warnings, errors and events on standard error as objects, one a line")
  boolean logJson;

  @Option(
      names = "--unsafe-filesystem",
      scope = ScopeType.INHERIT,
      description = "take a store on a network file system all the same")
  boolean unsafeFileSystem;

  private final Console console = new Console(this);

  @Spec @Nullable CommandSpec spec;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      scope = ScopeType.INHERIT,
      description = "says what a command does, and its options")
  boolean help;

  @Option(
      names = {"-V", "--version"},
      versionHelp = true,
      description = "says which Cairn this is")
  boolean version;

  public RootCommand() {}

  @Override
  public void run() {
    if (spec != null) {
      spec.commandLine().usage(System.err);
      throw new ParameterException(spec.commandLine(), "which command?");
    }
  }

  /** Tells of a failure. */
  public void error(Throwable failure) {
    console.error(failure);
  }

  /** Returns the name of the command that runs; empty if there is none. */
  String command() {
    ParseResult parsed = spec == null ? null : spec.commandLine().getParseResult();
    return parsed != null && parsed.hasSubcommand() ? parsed.subcommand().commandSpec().name() : "";
  }

  Console console() {
    return console;
  }

  Environment environment() {
    return new Environment(Clock.systemUTC(), new SecureRandom(), PATIENCE);
  }

  /** Refuses options that exclude each other. */
  public void check() {
    if (quiet && verbose && spec != null) {
      throw new ParameterException(spec.commandLine(), "-q and -v: expected at most one of them");
    }
  }

  /** Returns the store that the command line names. */
  Optional<Path> givenStore() {
    return Optional.ofNullable(store).filter(path -> !path.toString().isEmpty());
  }

  /** Returns where the store is. */
  Path storePath() {
    Optional<Path> given = givenStore();
    if (given.isPresent()) {
      return given.get();
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
      return own(FileSystemDirectory.open(path, fileSystemOptions()), Store::open);
    } catch (NoSuchFileException | NotDirectoryException e) {
      throw new NoSuchPointException(
          path + " is no store; make one: cairn --store " + path + " init");
    }
  }

  /** Makes a store in a directory that is empty, or not there yet. The caller closes it. */
  Store createStore(Path path) throws IOException {
    FileSystemDirectory directory =
        Files.isDirectory(path)
            ? FileSystemDirectory.open(path, fileSystemOptions())
            : FileSystemDirectory.create(path, fileSystemOptions());
    return own(directory, Store::create);
  }

  @FunctionalInterface
  private interface StoreOf {
    Store apply(StoreDirectory directory, Environment environment) throws IOException;
  }

  private Store own(FileSystemDirectory directory, StoreOf store) throws IOException {
    boolean done = false;
    try {
      Store opened = store.apply(directory, environment());
      done = true;
      return opened;
    } finally {
      if (!done) {
        directory.close();
      }
    }
  }

  FileSystemOptions fileSystemOptions() {
    return FileSystemOptions.standard().withUnsafeFileSystem(unsafeFileSystem);
  }
}
