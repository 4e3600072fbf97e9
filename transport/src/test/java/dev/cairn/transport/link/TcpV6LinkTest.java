package dev.cairn.transport.link;

import java.nio.file.Path;

/** Frames over TCP, IPv6. */
final class TcpV6LinkTest extends LinkContract {
  @Override
  LinkLab.Ground ground(Path directory) {
    return LinkLab.Ground.plain("tcp:[::1]:0");
  }
}
