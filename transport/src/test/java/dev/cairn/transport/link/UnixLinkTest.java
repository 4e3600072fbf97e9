package dev.cairn.transport.link;

import java.nio.file.Path;

/** Frames over a Unix socket. */
final class UnixLinkTest extends LinkContract {
  @Override
  LinkLab.Ground ground(Path directory) {
    return LinkLab.Ground.plain("unix:" + directory.resolve("socket"));
  }
}
