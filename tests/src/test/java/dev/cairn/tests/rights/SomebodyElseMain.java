package dev.cairn.tests.rights;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cairn.tests.Cli;
import dev.cairn.tests.KnownStore;
import dev.cairn.tests.NumberedMemory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Uses stores that are somebody else's: one that is closed, one that all may read, one in whose
 * directories all may write. Started as somebody whom permissions bind. Its argument: a directory.
 */
final class SomebodyElseMain {
  private static final NumberedMemory MEMORY = new NumberedMemory(64);
  private static final String DENIED = "permission denied";

  private final Path directory;
  private int commands;

  private SomebodyElseMain(Path directory) {
    this.directory = directory;
  }

  public static void main(String[] arguments) throws IOException {
    SomebodyElseMain main = new SomebodyElseMain(Path.of(arguments[0]));
    main.closed(new Cli(main.directory.resolve("closed")));
    main.readable(new Cli(main.directory.resolve("readable")));
    main.shared(new Cli(main.directory.resolve("shared")));
    System.out.println("owner: the answers to " + main.commands + " commands looked at");
  }

  private void refused(Cli cairn, List<String> command) {
    Cli.Said said = cairn.attempt(command.toArray(String[]::new));
    KnownStore.requireRefusal(1, command, said, DENIED);
    commands++;
  }

  private List<String> checkpoint() throws IOException {
    Path image = Files.write(directory.resolve("next"), MEMORY.at(4));
    return List.of("checkpoint", "vm", "--from", "raw:" + image);
  }

  private List<List<String>> writing() throws IOException {
    return List.of(
        checkpoint(),
        List.of("forget", "vm", "--keep-last", "1"),
        List.of("label", "vm@2", "y"),
        List.of("pin", "vm@2"),
        List.of("compact", "vm"),
        List.of("fork", "vm@1", "side"));
  }

  private void closed(Cli cairn) throws IOException {
    for (List<String> command : writing()) {
      refused(cairn, command);
    }
    for (String command : List.of("list", "verify", "reindex")) {
      refused(cairn, List.of(command));
    }
    refused(cairn, List.of("restore", "vm", "--to", "raw:" + directory.resolve("out")));
  }

  private void readable(Cli cairn) throws IOException {
    for (List<String> command : writing()) {
      refused(cairn, command);
    }
    allThere(cairn, "vm", 4);
  }

  private void shared(Cli cairn) throws IOException {
    run(cairn, checkpoint());
    run(cairn, List.of("fork", "vm@4", "side")); // by copies: the kernel links no stranger's file
    allThere(cairn, "side", 5);
    run(cairn, List.of("compact", "vm"));
    allThere(cairn, "vm", 5);
  }

  private Cli.Said run(Cli cairn, List<String> command) {
    commands++;
    return cairn.run(0, command.toArray(String[]::new));
  }

  private void allThere(Cli cairn, String chain, int points) throws IOException {
    JsonNode listed = run(cairn, List.of("list", chain, "--json")).json().get("points");
    assertEquals(points, listed.size());
    for (JsonNode point : listed) {
      long number = point.get("checkpoint").asLong();
      Path out = directory.resolve("restored");
      run(cairn, List.of("restore", chain + "@" + number, "--to", "raw:" + out));
      MEMORY.check(number, Files.readAllBytes(out), chain + "@" + number);
    }
    assertTrue(run(cairn, List.of("verify", chain)).out().contains("clean"));
  }
}
