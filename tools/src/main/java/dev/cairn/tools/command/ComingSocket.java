package dev.cairn.tools.command;

import dev.cairn.store.io.FileSystemDirectory;
import dev.cairn.transport.link.Endpoint;
import dev.cairn.transport.link.LinkServer;
import dev.cairn.transport.link.LinkSettings;
import dev.cairn.transport.link.ServerSettings;
import dev.cairn.transport.link.Service;
import dev.cairn.transport.wire.Abilities;
import dev.cairn.transport.wire.Versions;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Optional;

/**
 * Where a point is read that is still coming: {@code run/CHAIN.sock} of the store, by the process
 * that pulls it. Stateless.
 */
final class ComingSocket {
  private static final String DIRECTORY = "run";

  private ComingSocket() {}

  /** Returns the endpoint of a chain's, whether somebody listens there or not. */
  static Endpoint.Unix of(Path store, String chain) {
    return new Endpoint.Unix(store.resolve(DIRECTORY).resolve(chain + ".sock"));
  }

  /** Listens there; the result ends it, and all of its links. */
  static Closeable listen(
      RootCommand root, Endpoint.Unix socket, LinkSettings links, Service service)
      throws IOException {
    ServerSettings settings =
        new ServerSettings(
            Abilities.standard(Abilities.MOST_STREAMS, LinkOptions.SOFTWARE),
            Versions.known(),
            Optional.empty(),
            ServerSettings.Limits.STANDARD,
            new SecureRandom());
    try (FileSystemDirectory store =
            FileSystemDirectory.open(root.storePath(), root.fileSystemOptions());
        FileSystemDirectory _ = store.makeDirectory(DIRECTORY)) {
      LinkServer server = new LinkServer(links, settings, service);
      boolean done = false;
      try {
        server.listen(socket, new LinkServer.Security(Optional.empty(), false));
        done = true;
        return server;
      } finally {
        if (!done) {
          server.close();
        }
      }
    }
  }
}
