package dev.cairn.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cairn.tools.Cairn;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** The command line on one store, and what it says. Not thread-safe: it borrows System.err. */
public final class Cli {
  /**
   * How a command ended.
   *
   * @param exit code
   * @param out standard output
   * @param errors standard error
   */
  public record Said(int exit, String out, String errors) {
    /** Returns the result for machines. */
    public JsonNode json() {
      try {
        return JSON.readTree(out);
      } catch (JsonProcessingException e) {
        throw new AssertionError(out, e);
      }
    }
  }

  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path store;

  public Cli(Path store) {
    this.store = store;
  }

  /** Runs a command that is to end with an exit code. */
  public Said run(int exit, String... args) {
    Said said = attempt(args);
    assertEquals(exit, said.exit, () -> "exit code of cairn " + List.of(args) + ": " + said);
    return said;
  }

  /** Runs a command, however it may end. */
  public Said attempt(String... args) {
    PrintStream outBefore = System.out;
    PrintStream errBefore = System.err;
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream errors = new ByteArrayOutputStream();
    int actual;
    try (PrintStream outNow = new PrintStream(out, true, StandardCharsets.UTF_8);
        PrintStream errNow = new PrintStream(errors, true, StandardCharsets.UTF_8)) {
      System.setOut(outNow);
      System.setErr(errNow);
      actual =
          Cairn.run(
              Stream.concat(Stream.of("--store", store.toString()), Arrays.stream(args))
                  .toArray(String[]::new));
    } finally {
      System.setOut(outBefore);
      System.setErr(errBefore);
    }
    return new Said(
        actual, out.toString(StandardCharsets.UTF_8), errors.toString(StandardCharsets.UTF_8));
  }

  /** The same with {@code --json}. */
  public JsonNode json(int exit, String... args) {
    String[] all = Stream.concat(Stream.of("--json"), Arrays.stream(args)).toArray(String[]::new);
    return run(exit, all).json();
  }
}
