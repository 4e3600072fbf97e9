package dev.cairn.tests;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A process that runs one command again and again until {@link KillTest} kills it, and says when
 * each begins and ends. Its arguments: the command, a directory, the next checkpoint.
 */
final class KillMain {
  static final String CHAIN = "vm";
  static final NumberedMemory MEMORY = new NumberedMemory(64);

  /** It ends by itself if nobody kills it. */
  private static final long MOST_SECONDS = 60;

  private final Path directory;
  private final Cli cairn;
  private long next;

  private KillMain(Path directory, long next) {
    this.directory = directory;
    this.cairn = new Cli(directory.resolve("store"));
    this.next = next;
  }

  public static void main(String[] arguments) throws IOException {
    KillMain main = new KillMain(Path.of(arguments[1]), Long.parseLong(arguments[2]));
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(MOST_SECONDS);
    while (System.nanoTime() < end) {
      main.turn(arguments[0]);
    }
  }

  private void turn(String command) throws IOException {
    switch (command) {
      case "checkpoint" -> checkpoint();
      case "fork" -> {
        checkpoint();
        run(command, CHAIN, "fork-" + next);
      }
      default -> {
        for (int i = 0; i < 4; i++) {
          checkpoint();
        }
        run(command, CHAIN);
      }
    }
  }

  private void checkpoint() throws IOException {
    Path image = Files.write(directory.resolve("image"), MEMORY.at(next));
    run("checkpoint", CHAIN, "--from", "raw:" + image);
    System.out.println("acknowledged " + next);
    next++;
  }

  private void run(String command, String... more) {
    List<String> words = new ArrayList<>(List.of(command));
    words.addAll(List.of(more));
    System.out.println("begin " + command);
    cairn.run(0, words.toArray(String[]::new));
    System.out.println("end " + command);
  }
}
