package dev.cairn.tools.command;

import dev.cairn.tools.linux.NotifySocket;
import java.io.IOException;
import java.util.function.Consumer;

/**
 * Tells systemd, or who else started this process and set NOTIFY_SOCKET, how far it is; nobody if
 * there is none. sd_notify(3).
 */
final class ServiceManager implements AutoCloseable {
  private final String socket;
  private final Consumer<String> warnings;

  private ServiceManager(String socket, Consumer<String> warnings) {
    this.socket = socket;
    this.warnings = warnings;
  }

  static ServiceManager ofEnvironment(Consumer<String> warnings) {
    String socket = System.getenv("NOTIFY_SOCKET");
    return new ServiceManager(socket == null ? "" : socket, warnings);
  }

  /** It does what it is for. */
  void ready() {
    say("READY=1");
  }

  private void say(String text) {
    if (!socket.isEmpty()) {
      try {
        NotifySocket.send(socket, text);
      } catch (IOException e) {
        warnings.accept("NOTIFY_SOCKET: " + e.getMessage());
      }
    }
  }

  /** It is about to end. */
  @Override
  public void close() {
    say("STOPPING=1");
  }
}
