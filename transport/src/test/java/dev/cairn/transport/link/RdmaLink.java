package dev.cairn.transport.link;

import java.nio.file.Path;
import java.util.Optional;

/** Frames over RDMA. {@link ContractMain} runs it in the lab's guest: hosts have no device. */
final class RdmaLink extends LinkContract {
  @Override
  LinkLab.Ground ground(Path directory) {
    return new LinkLab.Ground(
        Endpoint.parse("rdma:10.9.0.1:0"),
        new LinkServer.Security(Optional.empty(), true),
        Optional.empty(),
        Optional.empty());
  }
}
