package dev.cairn.tests.hosts;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;

/** The contract of a proxy, in a process of its own. */
class ProxyChildTest extends DelayProxyContract {
  ProxyChildTest(@TempDir Path directory) throws IOException {
    super(directory);
  }

  @Override
  DelayProxy start(Path scratch, SocketAddress listen, SocketAddress target)
      throws IOException, InterruptedException {
    return DelayProxy.start(scratch, List.of(), listen, target);
  }
}
