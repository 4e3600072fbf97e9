package dev.cairn.tools;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Runs the common commands once on a store of its own, while the JVM writes down what they need:
 * the launcher makes its AOT cache so. Ends with 1 if a command did not do what it should.
 */
public final class Training {
  private static final int POINTS = 3;
  private static final int IMAGE_BYTES = 64 << 10;

  private Training() {}

  /** Takes an empty directory, which is the caller's. */
  public static void main(String[] args) throws IOException {
    Path directory = Path.of(args[0]);
    Path image = directory.resolve("image");
    Path restored = directory.resolve("restored");
    List<List<String>> commands = new ArrayList<>();
    commands.add(List.of("init"));
    for (int i = 0; i < POINTS; i++) {
      commands.add(List.of("checkpoint", "vm", "--from", "raw:" + image));
    }
    commands.add(List.of("--version"));
    commands.add(List.of("status"));
    commands.add(List.of("list"));
    commands.add(List.of("list", "vm"));
    commands.add(List.of("--json", "list", "vm"));
    commands.add(List.of("show", "vm"));
    commands.add(List.of("stats", "vm"));
    commands.add(List.of("diff", "vm@0", "vm@1"));
    commands.add(List.of("merge", "vm"));
    commands.add(List.of("fork", "vm@1", "other"));
    commands.add(List.of("restore", "vm@1", "--to", "raw:" + restored));
    commands.add(List.of("forget", "vm", "--keep-last", "1"));
    commands.add(List.of("verify"));
    System.setOut(new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8));
    Random random = new Random(1);
    byte[] memory = new byte[IMAGE_BYTES];
    for (List<String> command : commands) {
      random.nextBytes(memory);
      Files.write(image, memory);
      List<String> line =
          new ArrayList<>(List.of("--store", directory.resolve("store").toString()));
      line.addAll(command);
      if (Cairn.run(line.toArray(String[]::new)) != 0) {
        System.exit(1);
      }
    }
  }
}
