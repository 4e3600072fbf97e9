package dev.cairn.transport.link;

import java.nio.file.Path;

/** Frames over TCP, IPv4. */
final class TcpLinkTest extends LinkContract {
  @Override
  LinkLab.Ground ground(Path directory) {
    return LinkLab.Ground.plain("tcp:127.0.0.1:0");
  }
}
