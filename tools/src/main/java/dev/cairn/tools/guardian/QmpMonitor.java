package dev.cairn.tools.guardian;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cairn.tools.qmp.Qmp;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/** A {@link Monitor} of a real QEMU. Immutable. */
final class QmpMonitor implements Monitor {
  /** QEMU's main loop may wait for a disk. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final Qmp qmp;

  private QmpMonitor(Qmp qmp) {
    this.qmp = qmp;
  }

  static Monitor open(Path socket, Duration patience) throws IOException {
    return new QmpMonitor(Qmp.connect(socket, patience));
  }

  @Override
  public JsonNode execute(String command, Map<String, ?> arguments) throws IOException {
    return qmp.execute(command, arguments, PATIENCE);
  }

  @Override
  public void close() throws IOException {
    qmp.close();
  }
}
