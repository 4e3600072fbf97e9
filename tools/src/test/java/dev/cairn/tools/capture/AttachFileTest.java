package dev.cairn.tools.capture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.cairn.store.BadInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is ours in a QEMU is read as it was written, and by nobody else. */
class AttachFileTest {
  private final Path directory;
  private final AttachFile file;

  AttachFileTest(@TempDir Path directory) {
    this.directory = directory;
    this.file = AttachFile.of(directory, "vm");
  }

  private static AttachFile.Content content() {
    JsonNodeFactory json = JsonNodeFactory.instance;
    return new AttachFile.Content(
        "vm",
        "colo",
        AttachFile.Phase.MIGRATING,
        Path.of("/run/q"),
        12,
        345,
        "cairn",
        2000,
        json.objectNode().put("x-colo", false),
        json.objectNode().put("max-bandwidth", 134217728L),
        List.of("/d/overlay"));
  }

  @Test
  void whatIsWrittenIsRead() throws IOException {
    assertEquals(Optional.empty(), file.read());
    file.write(content());
    assertEquals(content().toString(), file.read().orElseThrow().toString());
    file.write(content().in(AttachFile.Phase.ATTACHED));
    assertEquals(AttachFile.Phase.ATTACHED, file.read().orElseThrow().phase());
    assertEquals(
        "rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file.path())));
    assertEquals(
        "rwx------",
        PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve("run"))));
    file.delete();
    file.delete();
    assertEquals(Optional.empty(), file.read());
  }

  @Test
  void anotherContentIsRefused() throws IOException {
    file.write(content());
    String text = Files.readString(file.path());
    for (String bad :
        List.of(
            "",
            "{",
            "[]",
            text.replace("\"version\" : 1", "\"version\" : 2"),
            text.replace("migrating", "dreaming"),
            text.replace("\"vm\"", "7"),
            text.replace("\"capabilities\"", "\"capability\""))) {
      Files.writeString(file.path(), bad);
      BadInputException e = assertThrows(BadInputException.class, file::read, bad);
      assertTrue(String.valueOf(e.getMessage()).contains("expected"), e.getMessage());
    }
  }
}
