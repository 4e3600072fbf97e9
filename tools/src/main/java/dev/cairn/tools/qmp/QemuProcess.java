package dev.cairn.tools.qmp;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.OptionalLong;

/** Which process of this host is the QEMU at the other end of a QMP socket. */
public final class QemuProcess {
  private QemuProcess() {}

  /**
   * Finds it: who listened, and if that was somebody for QEMU (libvirt does so), the process to
   * which the threads of its vCPUs belong.
   *
   * @return empty if neither is a QEMU: it runs elsewhere, or is hidden
   */
  public static OptionalLong find(Qmp qmp, Duration patience) throws IOException {
    long peer = qmp.peerPid();
    if (CommandLine.isQemu(peer)) {
      return OptionalLong.of(peer);
    }
    try {
      JsonNode cpus = qmp.execute("query-cpus-fast", Map.of(), patience);
      OptionalLong process = processOf(cpus.path(0).path("thread-id").asLong());
      return process.isPresent() && CommandLine.isQemu(process.getAsLong())
          ? process
          : OptionalLong.empty();
    } catch (QmpException e) {
      return OptionalLong.empty();
    }
  }

  private static OptionalLong processOf(long thread) {
    try {
      String status =
          Files.readString(Path.of("/proc/" + thread + "/status"), StandardCharsets.ISO_8859_1);
      return status
          .lines()
          .filter(line -> line.startsWith("Tgid:"))
          .mapToLong(line -> Long.parseLong(line.substring(5).strip()))
          .findFirst();
    } catch (IOException e) {
      return OptionalLong.empty(); // no such thread here
    }
  }
}
