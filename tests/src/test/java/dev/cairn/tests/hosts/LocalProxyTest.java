package dev.cairn.tests.hosts;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** The contract of a proxy, in this JVM. */
class LocalProxyTest extends DelayProxyContract {
  LocalProxyTest(@TempDir Path directory) throws IOException {
    super(directory);
  }

  @Override
  DelayProxy start(Path scratch, SocketAddress listen, SocketAddress target) throws IOException {
    return DelayProxy.start(listen, target);
  }
}
