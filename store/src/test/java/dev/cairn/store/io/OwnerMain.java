package dev.cairn.store.io;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;

/**
 * A process that makes a store directory, holds its LOCK and an unfinished file, starts a child,
 * and then waits for the end of its input. Started by tests only.
 */
final class OwnerMain {
  private OwnerMain() {}

  public static void main(String[] arguments) throws IOException {
    StoreDirectory directory = FileSystemDirectory.create(Path.of(arguments[0]));
    StoreDirectory inner = directory.makeDirectory("inner");
    try (StoreLock lock = directory.lock("LOCK", Duration.ofSeconds(30));
        StoreOutput output = directory.create("f.tmp");
        StoreOutput visible = FileSystemOutput.createVisibly(Path.of(inner.path(), "g.tmp"))) {
      output.sync();
      visible.sync();
      Process child = new ProcessBuilder("sleep", "120").start();
      byte[] line = (child.pid() + "\n").getBytes(StandardCharsets.US_ASCII);
      System.out.write(line, 0, line.length);
      System.out.flush();
      while (System.in.read() >= 0 && lock != null) {
        Thread.onSpinWait();
      }
    }
  }
}
