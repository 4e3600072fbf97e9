package dev.cairn.tools.guardian;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cairn.tools.capture.AttachFile;
import dev.cairn.tools.qmp.Qmp;
import dev.cairn.tools.qmp.QmpException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/**
 * A rescue of nobody: it loads the classes of a real one, which then need not be read from a file
 * that is slow, or that an update has replaced. Nothing outside of this process is touched but a
 * file in a temporary directory.
 */
final class Rehearsal {
  private static final Duration BOUND = Duration.ofSeconds(10);
  private static final Duration SHORT = Duration.ofMillis(1);

  private Rehearsal() {}

  /** Rescues a machine that runs. */
  static void run(AttachFile.Content content) throws IOException {
    Path directory = Files.createTempDirectory("cg");
    Path path = directory.resolve("capture.json");
    AttachFile file = new AttachFile(path);
    try {
      file.write(content);
      Runs runs = new Runs();
      new Rescue(file, _ -> {}, (_, _) -> runs, runs).within(BOUND).run();
      Qmp.connect(directory.resolve("nobody"), SHORT).close();
    } catch (IOException e) {
      // Nobody listens there, which was to be seen.
    } finally {
      Files.deleteIfExists(path);
      Files.deleteIfExists(directory);
    }
  }

  /** A machine that runs. */
  private static final class Runs implements Monitor, RescueTime {
    @Override
    public long nanos() {
      return System.nanoTime();
    }

    @Override
    public void pass(Duration duration) {}

    @Override
    public JsonNode execute(String command, Map<String, ?> arguments) throws IOException {
      if (command.equals("closefd")) {
        throw new QmpException(command, "GenericError", "there is none");
      }
      ObjectNode answer = JsonNodeFactory.instance.objectNode();
      return command.equals("query-status") ? answer.put("status", "running") : answer;
    }

    @Override
    public void close() {}
  }
}
