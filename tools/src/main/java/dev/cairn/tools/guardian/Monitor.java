package dev.cairn.tools.guardian;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/** The few words that a rescue has with QEMU. Used by one thread. */
interface Monitor extends Closeable {
  /** Opens monitors. */
  @FunctionalInterface
  interface Door {
    /**
     * Waits for QEMU's greeting, which comes when no other client holds the socket.
     *
     * @throws IOException if it does not come in time
     */
    Monitor open(Path socket, Duration patience) throws IOException;
  }

  /**
   * Executes a command.
   *
   * @throws dev.cairn.tools.qmp.QmpException if QEMU refuses it
   */
  JsonNode execute(String command, Map<String, ?> arguments) throws IOException;
}
