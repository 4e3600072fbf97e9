package dev.cairn.tools.uffd;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** UFFD.md and the code have the same numbers. */
class UffdSpecTest {
  private static List<String> found(String section, String pattern) throws IOException {
    String text = Files.readString(Path.of("UFFD.md"));
    String rest = text.substring(text.indexOf("\n## " + section + "\n") + 1);
    String own = rest.substring(0, rest.indexOf("\n## ", 1));
    Matcher matcher = Pattern.compile(pattern, Pattern.MULTILINE).matcher(own);
    return matcher.results().map(row -> row.group(1)).toList();
  }

  @Test
  void framesHaveTheirNumbers() throws IOException {
    assertEquals(
        List.of(
            KeeperWire.DOOR + " DOOR",
            KeeperWire.GIVE + " GIVE",
            KeeperWire.KEEP + " KEEP",
            KeeperWire.KEPT + " KEPT",
            KeeperWire.DROP + " DROP",
            KeeperWire.BUSY + " BUSY",
            KeeperWire.READY + " READY"),
        found("The keeper's wire", "^\\| ([0-9]+ [A-Z]+) \\|"));
    assertEquals(
        List.of(Integer.toString(KeeperWire.FRAME_BYTES)),
        found("The keeper's wire", "^([0-9]+) bytes, little-endian"));
  }

  @Test
  void theRecordHasItsPlaces() throws IOException {
    assertEquals(
        List.of(
            "0",
            Long.toString(VmRecord.AT_UNITS),
            Long.toString(VmRecord.AT_MESSAGE_CRC),
            Long.toString(VmRecord.AT_POINT),
            Long.toString(VmRecord.AT_MESSAGES),
            Long.toString(VmRecord.AT_BITS)),
        found("The record", "^\\| ([0-9]+) \\|"));
  }

  @Test
  void limitsAreAsTold() throws IOException {
    assertEquals(
        List.of(Integer.toString(ClientMessage.MOST_BYTES >> 10)),
        found("What is refused", "more than ([0-9]+) KiB"));
    assertEquals(
        List.of(Integer.toString(Mappings.MOST_REGIONS)),
        found("What is refused", "array of 1 to ([0-9]+) objects"));
    assertEquals(
        List.of(Integer.toString(Keeper.MOST_CLIENTS)),
        found("What is refused", "At most ([0-9]+) clients"));
  }
}
