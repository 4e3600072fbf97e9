package dev.cairn.tests.powercut;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A workload's run on a disk: what the disk was asked to do, and how long its log was when each
 * step was acknowledged. Immutable.
 */
record Recording(BlockLog disk, List<Integer> acknowledged) {
  Recording {
    acknowledged = List.copyOf(acknowledged);
  }

  /**
   * Mounts the disk and lets another process work on it. That one waits after each step until its
   * acknowledgement is noted.
   *
   * @param disk served by a thread of this process, which itself never touches what is mounted
   * @param file the disk as a file
   * @param workload the command of the other process
   */
  static Recording of(BlockLog disk, Path file, Path mounted, List<String> workload)
      throws IOException, InterruptedException {
    List<Integer> acknowledged = new ArrayList<>();
    try (Mount _ = new Mount(file, mounted)) {
      Process process =
          new ProcessBuilder(workload).redirectError(ProcessBuilder.Redirect.INHERIT).start();
      try (BufferedReader said = process.inputReader(StandardCharsets.UTF_8);
          OutputStream heard = process.getOutputStream()) {
        for (String line = said.readLine(); line != null; line = said.readLine()) {
          acknowledged.add(disk.size());
          heard.write('\n');
          heard.flush();
        }
        if (process.waitFor() != 0) {
          throw new IOException("the workload fails after " + acknowledged.size() + " steps");
        }
      } finally {
        process.destroyForcibly();
      }
    }
    return new Recording(disk, acknowledged);
  }

  /** Returns the last step that was acknowledged before a request. */
  int stepBefore(int request) {
    int step = -1;
    while (step + 1 < acknowledged.size() && acknowledged.get(step + 1) <= request) {
      step++;
    }
    return step;
  }
}
