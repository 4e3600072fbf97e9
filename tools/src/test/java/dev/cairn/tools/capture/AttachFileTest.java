package dev.cairn.tools.capture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cairn.store.BadInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AttachFileTest {
  private final Path store;
  private final AttachFile file;

  AttachFileTest(@TempDir Path directory) {
    store = directory;
    file = AttachFile.of(directory, "vm");
  }

  private static AttachFile.Content content(AttachFile.Phase phase) {
    ObjectNode parameters = JsonNodeFactory.instance.objectNode();
    parameters.put("max-bandwidth", 1L << 40).put("tls-creds", "").putNull("tls-hostname");
    parameters.put("x-rate", 0.5).put("multifd", true);
    return new AttachFile.Content(
        "vm",
        "colo",
        phase,
        Path.of("/run/vm/qmp"),
        4711,
        123_456_789_012L,
        "cairn",
        2000,
        JsonNodeFactory.instance.objectNode().put("x-colo", false),
        parameters,
        List.of("/disks/a b.qcow2", "/disks/\u00e4.qcow2"));
  }

  @Test
  void whatWasWrittenIsReadAndReplacedAndDeleted() throws IOException {
    assertEquals(Optional.empty(), file.read());
    for (AttachFile.Phase phase : AttachFile.Phase.values()) {
      file.write(content(phase));
      assertEquals(content(phase).toString(), file.read().orElseThrow().toString());
    }
    file.delete();
    file.delete();
    assertEquals(Optional.empty(), file.read());
    try (var left = Files.list(store.resolve("run"))) {
      assertEquals(List.of(), left.toList());
    }
  }

  @Test
  void onlyItsOwnerReadsIt() throws IOException {
    file.write(content(AttachFile.Phase.ATTACHED));
    assertEquals(
        "rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file.path())));
    assertEquals(
        "rwx------",
        PosixFilePermissions.toString(Files.getPosixFilePermissions(store.resolve("run"))));
  }

  @Test
  void whatAWriterThatDiedHasLeftIsReplaced() throws IOException {
    file.write(content(AttachFile.Phase.ATTACHED));
    Files.writeString(store.resolve("run/capture-vm.json.tmp"), "half");
    file.write(content(AttachFile.Phase.MIGRATING));
    assertEquals(AttachFile.Phase.MIGRATING, file.read().orElseThrow().phase());
    Files.writeString(store.resolve("run/capture-vm.json.tmp"), "half");
    file.delete();
    try (var left = Files.list(store.resolve("run"))) {
      assertEquals(List.of(), left.toList());
    }
  }

  @Test
  void noLinkIsFollowed() throws IOException {
    Path other = Files.writeString(store.resolve("other"), "{}");
    Files.createDirectory(store.resolve("run"));
    Files.createSymbolicLink(file.path(), other);
    assertThrows(IOException.class, file::read);
    file.write(content(AttachFile.Phase.ATTACHED));
    assertEquals("{}", Files.readString(other));
    assertTrue(file.read().isPresent());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"version\" : 1=>\"version\" : 2",
        "\"version\" : 1=>\"version\" : \"1\"",
        "\"chain\" : \"vm\"=>\"chain\" : \"../vm\"",
        "\"mode\" : \"colo\"=>\"mode\" : \"exec\"",
        "\"phase\" : \"attached\"=>\"phase\" : \"ATTACHED\"",
        "\"phase\" : \"attached\"=>\"phase\" : \"attached\", \"phase\" : \"stopped\"",
        "/run/vm/qmp=>run/vm/qmp",
        "/run/vm/qmp=>/run/vm\\u0000/qmp",
        "4711=>-1",
        "4711=>4711.5",
        "4711=>99999999",
        "123456789012=>123456789012345678901234567890",
        "\"cairn\"=>\"cai rn\"",
        "\"cairn\"=>\"1\"",
        "2000=>99999999999",
        "\"x-colo\" : false=>\"x-colo\" : 0",
        "\"x-colo\" : false=>\"X COLO\" : false",
        "\"tls-creds\" : \"\"=>\"tls-creds\" : {}",
        "\"tls-creds\" : \"\"=>\"tls-creds\" : [1]",
        "/disks/a b.qcow2=>/disks/\\u001b[2J",
        "\"capabilities\" : {=>\"capabilities\" : [], \"other\" : {",
      })
  void whatIsNotSoundIsRefusedAndNeverShownRaw(String change) throws IOException {
    file.write(content(AttachFile.Phase.ATTACHED));
    String text = Files.readString(file.path());
    String[] parts = change.split("=>", -1);
    String changed = text.replace(parts[0], parts[1]);
    assertTrue(!changed.equals(text), text);
    Files.writeString(file.path(), changed);
    BadInputException bad = assertThrows(BadInputException.class, file::read);
    String message = String.valueOf(bad.getMessage());
    assertTrue(message.codePoints().noneMatch(Character::isISOControl), message);
    assertTrue(message.length() < 600, message);
  }

  @Test
  void lengthsAndDepthAreBounded() throws IOException {
    file.write(content(AttachFile.Phase.ATTACHED));
    for (String text :
        List.of(
            "",
            " ".repeat((1 << 20) + 1),
            "[".repeat(500_000),
            "{\"a\":".repeat(5000),
            "{} {}",
            "\"" + "x".repeat(1_000_000) + "\"")) {
      Files.writeString(file.path(), text);
      assertThrows(BadInputException.class, file::read);
    }
    // It looks like UTF-32, and is none.
    Files.write(file.path(), new byte[] {0, 0, 0, '{', 0x7f, 0x7f, 0x7f, 0x7f});
    assertThrows(BadInputException.class, file::read);
  }

  @Test
  void anyFlippedByteIsReadOrRefused() throws IOException {
    file.write(content(AttachFile.Phase.ATTACHED));
    byte[] sound = Files.readAllBytes(file.path());
    long seed = Long.getLong("tests.seed", System.nanoTime());
    System.out.println("attach file: -Dtests.seed=" + seed);
    Random random = new Random(seed);
    for (int i = 0; i < 5 * sound.length; i++) {
      byte[] spoilt = sound.clone();
      spoilt[i % sound.length] ^= (byte) (1 + random.nextInt(255));
      Files.write(file.path(), spoilt);
      try {
        assertTrue(file.read().isPresent());
      } catch (BadInputException e) {
        assertTrue(String.valueOf(e.getMessage()).contains("at offset 0: expected"));
      }
    }
  }
}
