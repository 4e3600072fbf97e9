package dev.cairn.tools.qmp;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Somebody else may have listened for QEMU: here that is this test. */
class QemuProcessTest {
  private final Path directory;

  QemuProcessTest(@TempDir Path directory) {
    this.directory = directory;
  }

  private OptionalLong find(long thread) throws Exception {
    try (FakeQemu fake =
        new FakeQemu(
            directory,
            client -> {
              client.greet();
              client.serve(command -> client.answer(command, "[{\"thread-id\": " + thread + "}]"));
            })) {
      try (Qmp qmp = Qmp.connect(fake.path(), FakeQemu.PATIENCE)) {
        return QemuProcess.find(qmp, FakeQemu.PATIENCE);
      } finally {
        fake.await();
      }
    }
  }

  @Test
  void theThreadsOfVcpusTellTheProcess() throws Exception {
    Path program = directory.resolve("qemu-system-x86_64");
    Files.createSymbolicLink(program, Path.of("/bin/cat"));
    Process process = new ProcessBuilder(program.toString()).start();
    try {
      assertEquals(OptionalLong.of(process.pid()), find(process.pid()));
    } finally {
      process.destroyForcibly();
      process.onExit().orTimeout(60, TimeUnit.SECONDS).join();
    }
    assertEquals(OptionalLong.empty(), find(process.pid()));
  }

  @Test
  void anotherProgramIsNotTakenForQemu() throws Exception {
    assertEquals(OptionalLong.empty(), find(ProcessHandle.current().pid()));
    assertEquals(OptionalLong.empty(), find(0));
  }
}
