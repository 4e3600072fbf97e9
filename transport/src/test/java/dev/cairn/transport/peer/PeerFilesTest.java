package dev.cairn.transport.peer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.store.BadInputException;
import dev.cairn.transport.peer.Peer.Standing;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The files that say who may do what, and who is who. */
final class PeerFilesTest {
  private static final Peer HOST_B = new Peer("host-b", "10.0.0.2", Standing.FAR);
  private static final Peer NAMELESS = new Peer("", "127.0.0.1", Standing.NEAR);
  private static final Peer OWN = new Peer("uid:0", "uid:0", Standing.OWN);

  @TempDir Path directory = Path.of("unset");
  private final List<String> warnings = new ArrayList<>();

  private Path write(String name, String text, String mode) throws IOException {
    Path path = directory.resolve(name);
    Files.writeString(path, text);
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(mode));
    return path;
  }

  @Test
  void whoIsNamedMayWhatItsLinesSayAndNothingElse() throws IOException {
    Path path =
        write("auth", "# who\nhost-b pull vm-*  # its own\nhost-b\tsend db?\n\n", "rw-r--r--");
    RightsFile rights = RightsFile.open(path, warnings::add);
    assertTrue(rights.may(HOST_B, Right.PULL, "vm-1"));
    assertTrue(rights.may(HOST_B, Right.SEND, "db1"));
    assertFalse(rights.may(HOST_B, Right.SEND, "vm-1"));
    assertFalse(rights.may(HOST_B, Right.PULL, "xvm-1"));
    assertFalse(rights.may(HOST_B, Right.SEND, "db10"));
    assertFalse(rights.may(new Peer("host", "", Standing.FAR), Right.PULL, "vm-1"));
    assertFalse(rights.may(NAMELESS, Right.PULL, "vm-1"));
    assertTrue(rights.may(OWN, Right.SEND, "anything"));
  }

  @Test
  void aFileIsReadAnewWhenItChangesAndLetsNobodyInWhileItCannotBeRead() throws IOException {
    Path path = write("auth", "host-b pull a\n", "rw-r--r--");
    RightsFile rights = RightsFile.open(path, warnings::add);
    assertTrue(rights.may(HOST_B, Right.PULL, "a"));
    Files.writeString(path, "host-b pull b\n"); // as long as before, and in the same instant
    assertFalse(rights.may(HOST_B, Right.PULL, "a"));
    assertTrue(rights.may(HOST_B, Right.PULL, "b"));
    Files.writeString(path, "host-b pull\n");
    assertFalse(rights.may(HOST_B, Right.PULL, "b"));
    assertTrue(rights.may(OWN, Right.PULL, "b"));
    assertFalse(rights.may(HOST_B, Right.PULL, "b"));
    assertEquals(1, warnings.size(), warnings::toString);
    Files.delete(path);
    assertFalse(rights.may(HOST_B, Right.PULL, "b"));
    Files.writeString(path, "host-b pull *\n");
    assertTrue(rights.may(HOST_B, Right.PULL, "b"));
  }

  @Test
  void withoutAFileWhoIsNearMayDoAll() {
    Rights rights = Rights.withoutNames();
    assertTrue(rights.may(NAMELESS, Right.SEND, "a"));
    assertTrue(rights.may(OWN, Right.SEND, "a"));
    assertFalse(rights.may(HOST_B, Right.PULL, "a"));
  }

  @Test
  void filesThatAreWrongAreRefusedWithTheirLine() throws IOException {
    Path auth = write("auth", "host-b pull a\nhost-b push a\n", "rw-r--r--");
    BadInputException e =
        assertThrows(BadInputException.class, () -> RightsFile.open(auth, warnings::add));
    assertTrue(String.valueOf(e.getMessage()).contains("line 2"), e::getMessage);
    for (String text :
        List.of(
            "a short\n",
            "a 0123456789abcdef more\n",
            "a:b 0123456789abcdef\n",
            "a 0123456789abcdef\na 0123456789abcdef\n")) {
      Path tokens = write("tokens", text, "rw-------");
      assertThrows(BadInputException.class, () -> TokensFile.open(tokens, warnings::add));
    }
  }

  @Test
  void tokensThatOthersCanReadAreRefused() throws IOException {
    String text = "host-b 0123456789abcdef#\n";
    for (String mode : List.of("rw-r-----", "rw----r--")) {
      Path path = write("tokens", text, mode);
      assertThrows(BadInputException.class, () -> TokensFile.open(path, warnings::add));
      assertThrows(BadInputException.class, () -> TokensFile.readOne(path));
    }
    Path path = write("tokens", text, "rw-------");
    byte[] secret = TokensFile.open(path, warnings::add).of("host-b").orElseThrow();
    assertEquals("0123456789abcdef#", new String(secret, StandardCharsets.UTF_8));
    assertEquals("host-b", TokensFile.readOne(path).name());
    assertTrue(TokensFile.open(path, warnings::add).of("host-c").isEmpty());
  }

  @Test
  void aProofHoldsForItsTokenAndSessionAlone() {
    byte[] token = "0123456789abcdef".getBytes(StandardCharsets.UTF_8);
    byte[] session = new byte[32];
    String proof = TokenProof.of(token, session);
    assertEquals(43, proof.length());
    assertTrue(TokenProof.holds(proof, token, session));
    byte[] other = session.clone();
    other[31] = 1;
    assertFalse(TokenProof.holds(proof, token, other));
    assertFalse(
        TokenProof.holds(proof, "0123456789abcdeF".getBytes(StandardCharsets.UTF_8), session));
    assertFalse(TokenProof.holds("", token, session));
  }
}
