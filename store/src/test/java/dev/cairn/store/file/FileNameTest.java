package dev.cairn.store.file;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is a file's name, and what is none. */
class FileNameTest {
  private static final String ID = "-00112233445566aa";

  @ParameterizedTest
  @ValueSource(longs = {0, 999_999_999_999L, 1_000_000_000_000L, 1L << 60, Long.MAX_VALUE})
  void everyCheckpointHasANameThatIsReadBack(long checkpoint) {
    FileName base = new FileName(FileKind.BASE, checkpoint, checkpoint, 7);
    assertEquals(Optional.of(base), FileName.parse(base.text()));
    for (FileKind kind : new FileKind[] {FileKind.LAYER, FileKind.PAGES}) {
      FileName range = new FileName(kind, 0, checkpoint, -1);
      assertEquals(Optional.of(range), FileName.parse(range.text()));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "00000000000" + ID + ".base",
        "0000000000000" + ID + ".base",
        "9223372036854775808" + ID + ".base",
        "9999999999999999999" + ID + ".base",
        "10000000000000000000" + ID + ".base",
        "000000000000-9223372036854775808" + ID + ".layer",
        "000000000002-000000000001" + ID + ".layer",
        "000000000001-000000000001" + ID + ".base",
        "000000000000-000000000001" + ID + ".other",
        "000000000000-000000000001-00112233445566AA.layer",
      })
  void otherNamesAreNone(String text) {
    assertEquals(Optional.empty(), FileName.parse(text));
  }
}
