package dev.cairn.tests.powercut;

import dev.cairn.chain.Store;
import dev.cairn.store.io.FileSystemDirectory;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;

/**
 * The process that works on the disk: says when each step is done, and goes on when it has been
 * heard. Its arguments: the store, the seed, the {@link Mutation}.
 */
final class WorkloadMain {
  private WorkloadMain() {}

  public static void main(String[] arguments) throws IOException, InterruptedException {
    List<Step> steps = new Plan(Long.parseLong(arguments[1])).steps();
    Mutation mutation = Mutation.valueOf(arguments[2]);
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    FileSystemDirectory root = FileSystemDirectory.create(Path.of(arguments[0]));
    try (Workload workload =
        new Workload(
            Store.create(
                mutation.breaks(root),
                Workload.environment(new Random(Long.parseLong(arguments[1])))))) {
      for (int i = 0; i < steps.size(); i++) {
        workload.perform(steps.get(i), i);
        System.out.println("done");
        if (in.readLine() == null) {
          throw new IOException("nobody hears");
        }
      }
    }
  }
}
