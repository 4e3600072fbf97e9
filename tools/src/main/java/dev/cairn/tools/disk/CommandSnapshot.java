package dev.cairn.tools.disk;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cairn.tools.qmp.Qmp;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A picture by a command of the user's: LVM, ZFS, RBD. It runs by {@code /bin/sh -c} with {@code
 * CAIRN_TOKEN} in its environment, in a session of its own; what it prints, line by line, are the
 * names of the disks. Immutable.
 */
public final class CommandSnapshot implements DiskSnapshot {
  /** Of its answer, bytes. */
  private static final int MOST_ANSWER = 64 << 10;

  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final String command;

  public CommandSnapshot(String command) {
    this.command = command;
  }

  /** Nothing is known of the command before it runs. */
  @Override
  public void check(Qmp qmp) {}

  @Override
  public DiskNames take(Qmp qmp, String token, Duration most, boolean imagesActive)
      throws IOException {
    long end = System.nanoTime() + most.toNanos();
    if (imagesActive) {
      flush(qmp, most);
    }
    return new DiskNames(DiskNames.COMMAND, token, List.of(), run(token, end - System.nanoTime()));
  }

  /** QEMU's caches are not the command's business. There is no QMP command for it, but this. */
  private static void flush(Qmp qmp, Duration most) throws IOException {
    for (JsonNode disk : qmp.execute("query-block", Map.of(), most)) {
      JsonNode inserted = disk.path("inserted");
      if (!inserted.isMissingNode() && !inserted.path("ro").asBoolean()) {
        String line = "qemu-io " + inserted.path("node-name").asText() + " \"flush\"";
        String answer =
            qmp.execute("human-monitor-command", Map.of("command-line", line), most).asText();
        if (!answer.isBlank()) {
          throw new IOException("disk " + inserted.path("node-name").asText() + ": " + answer);
        }
      }
    }
  }

  private List<String> run(String token, long mostNanos) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder("setsid", "--wait", "/bin/sh", "-c", command)
            .redirectInput(Path.of("/dev/null").toFile())
            .redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().put("CAIRN_TOKEN", token);
    Process process = builder.start();
    try {
      CompletableFuture<byte[]> answer =
          CompletableFuture.supplyAsync(() -> bounded(process), Thread.ofPlatform()::start);
      byte[] bytes = answer.get(mostNanos, TimeUnit.NANOSECONDS);
      if (!process.waitFor(mostNanos, TimeUnit.NANOSECONDS)) {
        throw new TimeoutException();
      }
      int exit = process.exitValue();
      if (exit != 0) {
        throw new IOException(
            "--disk-snapshot-command: exit code: expected 0, found "
                + exit
                + "; the point is dropped");
      }
      return new String(bytes, StandardCharsets.UTF_8)
          .lines()
          .map(String::strip)
          .filter(line -> !line.isEmpty())
          .toList();
    } catch (TimeoutException e) {
      throw new IOException(
          "--disk-snapshot-command: expected its end within "
              + mostNanos / 1_000_000
              + " ms, found it still running; the point is dropped",
          e);
    } catch (ExecutionException e) {
      throw new IOException("--disk-snapshot-command: " + e.getCause(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while disks are looked after");
    } finally {
      end(process);
    }
  }

  private static byte[] bounded(Process process) {
    try (InputStream in = process.getInputStream()) {
      byte[] bytes = in.readNBytes(MOST_ANSWER + 1);
      if (bytes.length > MOST_ANSWER) {
        throw new IllegalStateException("its answer is longer than " + MOST_ANSWER + " bytes");
      }
      return bytes;
    } catch (IOException e) {
      throw new IllegalStateException("its answer cannot be read", e);
    }
  }

  /** Nothing of it may go on once the machine runs: it would take a picture of something else. */
  private static void end(Process process) {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
    process
        .onExit()
        .orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS)
        .exceptionally(e -> process)
        .join();
  }
}
