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

/** The command line over one store, in this process; keeps what it prints. Not thread-safe. */
final class Cli {
  private final Path store;

  Cli(Path store) {
    this.store = store;
  }

  /**
   * What a command did.
   *
   * @param out standard output
   * @param err standard error
   */
  record Result(String out, String err) {
    JsonNode json() {
      try {
        return new ObjectMapper().readTree(out);
      } catch (JsonProcessingException e) {
        throw new AssertionError(out, e);
      }
    }
  }

  /** Runs a command that ends with an exit code. */
  Result run(int exit, String... args) {
    String[] all =
        Stream.concat(Stream.of("--store", store.toString()), Arrays.stream(args))
            .toArray(String[]::new);
    PrintStream out = System.out;
    PrintStream err = System.err;
    ByteArrayOutputStream outBytes = new ByteArrayOutputStream();
    ByteArrayOutputStream errBytes = new ByteArrayOutputStream();
    try {
      System.setOut(new PrintStream(outBytes, true, StandardCharsets.UTF_8));
      System.setErr(new PrintStream(errBytes, true, StandardCharsets.UTF_8));
      int actual = Cairn.run(all);
      Result result =
          new Result(
              outBytes.toString(StandardCharsets.UTF_8), errBytes.toString(StandardCharsets.UTF_8));
      assertEquals(exit, actual, () -> "exit code of cairn " + List.of(args) + "\n" + result);
      return result;
    } finally {
      System.setOut(out);
      System.setErr(err);
    }
  }

  /** The same with {@code --json}. */
  JsonNode json(int exit, String... args) {
    String[] all = Stream.concat(Stream.of("--json"), Arrays.stream(args)).toArray(String[]::new);
    return run(exit, all).json();
  }
}
