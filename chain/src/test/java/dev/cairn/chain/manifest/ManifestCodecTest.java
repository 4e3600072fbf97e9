package dev.cairn.chain.manifest;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.chain.manifest.FileEntry.Role;
import dev.cairn.store.CorruptFileException;
import dev.cairn.store.Id;
import dev.cairn.store.RefusedException;
import dev.cairn.store.StoreException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A manifest's text, and what is refused. Rerun with {@code -Dtests.seed=}. */
final class ManifestCodecTest {
  private static final String FILE = "chains/a/MANIFEST";

  private static long seed() {
    String given = System.getProperty("tests.seed", "");
    long seed = given.isEmpty() ? System.nanoTime() : Long.parseLong(given);
    System.out.println("tests.seed=" + seed);
    return seed;
  }

  @Test
  void goldenTextIsReadAndWrittenByteForByte() throws StoreException {
    Manifest m = ManifestCodec.decode(FILE, Manifests.golden());
    assertArrayEquals(Manifests.golden(), ManifestCodec.encode(m));
    assertEquals(Manifests.CHAIN, m.identity().chain());
    assertEquals(
        Optional.of(Id.parse("0f0e0d0c0b0a09080706050403020100")),
        m.identity().origin().map(Manifest.Origin::checkpoint));
    assertEquals(Arrays.asList("pc.ram", "/rom@0 é"), m.blocks());
    assertEquals(80, m.tip().orElseThrow().number());
    assertEquals(2, m.layers().size());
    assertEquals(80, m.layers().getLast().through());
    assertEquals(100, m.layers().getLast().name().last());
    assertEquals(1, m.files(Role.DATA).size());
    assertTrue(m.marks().forgotten().contains(9));
    assertFalse(m.marks().forgotten().contains(10));
    assertEquals("before upgrade%", m.marks().labels().get(10L));
    assertEquals("backup <ops@example>", m.marks().holds().getFirst().owner());
    assertEquals(Instant.parse("2026-11-20T10:00:00Z"), m.marks().holds().getFirst().time());
    Dropped dropped = m.marks().dropped().getFirst();
    assertEquals(41, dropped.generation());
    assertEquals(9, dropped.born());
    assertEquals(900, dropped.file().length());
    assertEquals(Role.LAYER, dropped.file().role());
    assertEquals("000000000001-000000000032-00000000000000ab.layer", dropped.name().text());
    assertEquals(List.of("x-colour blue", "x-later 1 2 3"), m.optional());
    assertEquals(Long.MAX_VALUE, m.written());
  }

  @Test
  void emptyAndHyphenLabelsAreToldApart() throws StoreException {
    Manifest m = ManifestCodec.decode(FILE, Manifests.golden());
    assertEquals("", m.marks().labels().get(0L));
    assertEquals("-", m.marks().labels().get(64L));
    assertEquals("", m.marks().holds().getLast().owner());
  }

  @Test
  void emptyChainIsReadAsItWasWritten() throws StoreException {
    Manifest m = Manifest.empty(Manifests.CHAIN, 65_536);
    assertEquals(m, ManifestCodec.decode(FILE, ManifestCodec.encode(m)));
  }

  @Test
  void whatIsWrittenIsReadAsItWas() throws StoreException {
    Random random = new Random(seed());
    for (int i = 0; i < 2_000; i++) {
      Manifest m = Manifests.random(random);
      assertEquals(Optional.empty(), ManifestRules.broken(m));
      assertEquals(m, ManifestCodec.decode(FILE, ManifestCodec.encode(m)));
    }
  }

  @Test
  void everyFlippedBitIsFound() {
    byte[] bytes = Manifests.golden();
    for (int bit = 0; bit < bytes.length * 8; bit++) {
      byte[] flipped = bytes.clone();
      flipped[bit / 8] ^= (byte) (1 << (bit % 8));
      assertThrows(
          CorruptFileException.class, () -> ManifestCodec.decode(FILE, flipped), "bit " + bit);
    }
  }

  @Test
  void everyTruncationIsFound() {
    byte[] bytes = Manifests.golden();
    for (int length = 0; length < bytes.length; length++) {
      byte[] cut = Arrays.copyOf(bytes, length);
      assertThrows(
          CorruptFileException.class, () -> ManifestCodec.decode(FILE, cut), length + " bytes");
    }
  }

  @Test
  void truncatedBodyIsFoundThoughItsCrcHolds() {
    byte[] body = Manifests.GOLDEN.getBytes(StandardCharsets.UTF_8);
    for (int length = 0; length < body.length; length++) {
      byte[] cut = Manifests.sealed(Arrays.copyOf(body, length));
      assertThrows(StoreException.class, () -> ManifestCodec.decode(FILE, cut), length + " bytes");
    }
  }

  @Test
  void bytesAfterTheCrcLineAreFound() {
    byte[] bytes = Manifests.golden();
    assertThrows(
        CorruptFileException.class,
        () -> ManifestCodec.decode(FILE, Arrays.copyOf(bytes, bytes.length + 1)));
  }

  /** The CRC says nothing here: grammar and rules alone decide, and nothing unchecked escapes. */
  @Test
  void changedBodyWithItsCrcIsRefusedOrIsWhatEncodeWouldWrite() {
    Random random = new Random(seed());
    byte[] body = Manifests.GOLDEN.getBytes(StandardCharsets.UTF_8);
    byte[] likely = "\n 0123456789abcdef-%+_.AZ\r\0".getBytes(StandardCharsets.US_ASCII);
    for (int i = 0; i < 50_000; i++) {
      byte[] changed = body.clone();
      for (int n = random.nextInt(3); n >= 0; n--) {
        changed[random.nextInt(changed.length)] =
            random.nextInt(4) == 0
                ? (byte) random.nextInt(256)
                : likely[random.nextInt(likely.length)];
      }
      refusedOrExact(Manifests.sealed(changed));
    }
  }

  @Test
  void linesThatAreGoneTwiceOrSwappedAreRefusedOrAreWhatEncodeWouldWrite() {
    String[] lines = Manifests.GOLDEN.split("(?<=\n)", -1);
    for (int i = 0; i < lines.length; i++) {
      for (int j = i; j < lines.length; j++) {
        String[] swapped = lines.clone();
        swapped[i] = lines[j];
        swapped[j] = lines[i];
        refusedOrExact(Manifests.sealed(String.join("", swapped)));
      }
      String[] gone = lines.clone();
      gone[i] = "";
      refusedOrExact(Manifests.sealed(String.join("", gone)));
      String[] twice = lines.clone();
      twice[i] = lines[i] + lines[i];
      refusedOrExact(Manifests.sealed(String.join("", twice)));
    }
  }

  private static void refusedOrExact(byte[] bytes) {
    Manifest m;
    try {
      m = ManifestCodec.decode(FILE, bytes);
    } catch (StoreException _) {
      return;
    }
    assertArrayEquals(bytes, ManifestCodec.encode(m));
    assertEquals(Optional.empty(), ManifestRules.broken(m));
  }

  /** Nothing but the first line of a later version is known, not even its checksum. */
  @Test
  void aLaterVersionIsRefusedByItsFirstLine() {
    byte[] later = Manifests.sealed(Manifests.GOLDEN.replace("manifest 1\n", "manifest 2\n"));
    assertThrows(RefusedException.class, () -> ManifestCodec.decode(FILE, later));
    later[later.length - 2] ^= 1;
    assertThrows(RefusedException.class, () -> ManifestCodec.decode(FILE, later));
    byte[] unknown = "cairn-manifest 17\n".getBytes(US_ASCII);
    assertThrows(RefusedException.class, () -> ManifestCodec.decode(FILE, unknown));
  }

  /** The checksum tells rot from a later version: it would hold with ours. */
  @Test
  void aRottenVersionIsDamage() {
    byte[] rotten = Manifests.golden();
    for (char digit : "0357".toCharArray()) {
      rotten["cairn-manifest ".length()] = (byte) digit;
      CorruptFileException e =
          assertThrows(CorruptFileException.class, () -> ManifestCodec.decode(FILE, rotten));
      assertEquals("version", e.what());
    }
  }

  /** Wherever it stands: a line that must be understood is of a later version, not damage. */
  @Test
  void aRequiredLineThatIsNotKnownIsRefused() {
    String[] lines = Manifests.GOLDEN.split("(?<=\n)", -1);
    for (int i = 1; i < lines.length; i++) {
      String[] more = lines.clone();
      more[i] = "X-later 7\n" + lines[i];
      byte[] bytes = Manifests.sealed(String.join("", more));
      assertThrows(RefusedException.class, () -> ManifestCodec.decode(FILE, bytes), "line " + i);
    }
  }

  @Test
  void filesThatAreStillBeingReceivedAreRefused() {
    byte[] partial = Manifests.sealed(Manifests.GOLDEN.replace("CCA\n", "CCA partial\n"));
    assertThrows(RefusedException.class, () -> ManifestCodec.decode(FILE, partial));
  }

  @Test
  void corruptionNamesTheFileAndTheOffset() {
    byte[] bytes = Manifests.golden();
    bytes[0] ^= 1;
    CorruptFileException e =
        assertThrows(CorruptFileException.class, () -> ManifestCodec.decode(FILE, bytes));
    assertEquals(FILE, e.file());
    assertEquals(bytes.length - "crc 00000000\n".length(), e.offset());
  }

  static Stream<Arguments> wrongTexts() {
    return Stream.of(
        Arguments.of("an unknown line", "ingested 1", "colour blue\ningested 1"),
        Arguments.of("a field too many", "pin 0\n", "pin 0 1\n"),
        Arguments.of("a field too few", "pin 0\n", "pin\n"),
        Arguments.of("two blanks", "pin 0\n", "pin  0\n"),
        Arguments.of("a blank at the end", "pin 0\n", "pin 0 \n"),
        Arguments.of("a leading zero", "generation 41", "generation 041"),
        Arguments.of("a plus sign", "generation 41", "generation +41"),
        Arguments.of("minus zero", "pin 0\n", "pin -0\n"),
        Arguments.of("a number beyond 63 bits", "written 9", "written 99"),
        Arguments.of("Arabic digits", "generation 41", "generation \u0664\u0661"),
        Arguments.of("an id in capitals", "8899aabb", "8899AABB"),
        Arguments.of("an id too short", "chain 00", "chain 0"),
        Arguments.of("a file id too short", " 00000000000000ff ", " ff "),
        Arguments.of("an escape in small letters", "%C3%A9", "%c3%a9"),
        Arguments.of("an escape of a plain character", "pc.ram", "%70c.ram"),
        Arguments.of("bytes that are not UTF-8", "%C3%A9", "%C3%28"),
        Arguments.of("half an escape", "upgrade%25", "upgrade%2"),
        Arguments.of("a character that asks for an escape", "pc.ram", "pc/ram"),
        Arguments.of("an empty word", "label 0 -", "label 0 "),
        Arguments.of("an ordinal left out", "block 1", "block 2"),
        Arguments.of("an unknown role", "file data", "file cold"),
        Arguments.of("an unknown kind", " pages ", " page "),
        Arguments.of("a role that the kind does not fit", "00ff layer", "00ff pages"),
        Arguments.of("forgotten ranges that touch", "forgotten 11", "forgotten 10"),
        Arguments.of("labels out of order", "label 0 -", "label 11 -"),
        Arguments.of("a dropped file with a name", "dropped layer 1", "dropped layer 01"),
        Arguments.of("carriage returns", "pin 0\n", "pin 0\r\n"),
        Arguments.of("a blank line", "pin 0\n", "\npin 0\n"),
        Arguments.of("no line end before the CRC", "807\n", "807"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("wrongTexts")
  void wrongTextIsFoundThoughItsCrcHolds(String what, String right, String wrong) {
    assertTrue(Manifests.GOLDEN.contains(right), what);
    byte[] bytes = Manifests.sealed(Manifests.GOLDEN.replace(right, wrong));
    assertThrows(CorruptFileException.class, () -> ManifestCodec.decode(FILE, bytes));
  }

  @Test
  void brokenRuleIsCorruption() {
    Manifest m = Manifests.small();
    Manifest broken = m.withFiles(m.files().subList(0, 2));
    assertTrue(ManifestRules.broken(broken).isPresent());
    byte[] bytes = ManifestCodec.encode(broken);
    assertThrows(CorruptFileException.class, () -> ManifestCodec.decode(FILE, bytes));
  }
}
