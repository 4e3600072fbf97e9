package dev.cairn.chain.manifest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.chain.manifest.FileEntry.Role;
import dev.cairn.store.CorruptFileException;
import dev.cairn.store.Id;
import dev.cairn.store.file.FileKind;
import dev.cairn.store.file.FileName;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** What a manifest's fields may be at most, and what hostile texts may cost. */
final class ManifestLimitsTest {
  private static final String FILE = "chains/a/MANIFEST";
  private static final int MOST_BYTES = 64 << 20;

  private static void corrupt(String right, String wrong) {
    assertTrue(Manifests.GOLDEN.contains(right), right);
    byte[] bytes = Manifests.sealed(Manifests.GOLDEN.replace(right, wrong));
    assertThrows(CorruptFileException.class, () -> ManifestCodec.decode(FILE, bytes), wrong);
  }

  private static void broken(String part, Manifest m) {
    String sentence = ManifestRules.broken(m).orElse("nothing");
    assertTrue(sentence.contains(part), sentence);
  }

  private static Manifest withBlock(String name) {
    Manifest m = Manifests.small();
    return new Manifest(
        m.identity(), m.generation(), m.next(), m.tip(), List.of(name), m.files(), m.marks(), 0, 0);
  }

  private static Manifest withLabel(String label) {
    TreeMap<Long, String> labels = new TreeMap<>();
    labels.put(3L, label);
    return Manifests.small()
        .withMarks(
            new Manifest.Marks(PointSet.EMPTY, labels, new TreeSet<>(), List.of(), List.of()));
  }

  private static Manifest withDropped(Dropped... dropped) {
    return Manifests.small()
        .withMarks(
            new Manifest.Marks(
                PointSet.EMPTY,
                new TreeMap<>(),
                new TreeSet<>(),
                List.of(new Hold("t", 1, 5, Instant.EPOCH, "")),
                List.of(dropped)));
  }

  @Test
  void fileOfMoreThan64MebibytesIsRefused() {
    byte[] pin = "pin 0\n".getBytes(StandardCharsets.US_ASCII);
    byte[] body = new byte[MOST_BYTES];
    for (int i = 0; i < body.length; i++) {
      body[i] = pin[i % pin.length];
    }
    CorruptFileException e =
        assertThrows(
            CorruptFileException.class, () -> ManifestCodec.decode(FILE, Manifests.sealed(body)));
    assertEquals("length", e.what());
  }

  @Test
  void manyEmptyLinesCostNoMemory() {
    byte[] body = new byte[MOST_BYTES - 13];
    Arrays.fill(body, (byte) '\n');
    byte[] bytes = Manifests.sealed(body);
    assertThrows(CorruptFileException.class, () -> ManifestCodec.decode(FILE, bytes));
  }

  @Test
  void aLineOfBlanksCostsNoMemoryAndIsNotQuotedWhole() {
    byte[] body = new byte[MOST_BYTES - 13];
    Arrays.fill(body, (byte) ' ');
    byte[] bytes = Manifests.sealed(body);
    CorruptFileException e =
        assertThrows(CorruptFileException.class, () -> ManifestCodec.decode(FILE, bytes));
    assertTrue(e.actual().length() < 1_000, e.actual().length() + " characters");
  }

  @Test
  void corruptionNamesTheOffsetOfTheWrongLine() {
    byte[] bytes = Manifests.sealed(Manifests.GOLDEN.replace("generation 41", "generation x"));
    CorruptFileException e =
        assertThrows(CorruptFileException.class, () -> ManifestCodec.decode(FILE, bytes));
    assertEquals(Manifests.GOLDEN.indexOf("generation"), e.offset());
  }

  @Test
  void shaIs43CharactersOfBase64url() {
    String sha = "-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_A";
    for (String wrong :
        List.of(
            "x",
            "",
            sha.substring(1),
            sha + "A",
            "=" + sha.substring(1),
            "?" + sha.substring(1),
            "+" + sha.substring(1),
            sha.substring(0, 42) + "B")) {
      corrupt(sha, wrong);
    }
  }

  @Test
  void dataLinesEndAtLastAndHaveNoCheckpointId() {
    String none = "0".repeat(32);
    corrupt("pages 64 -", "pages 63 -");
    corrupt("pages 64 -", "pages 64 " + none);
    corrupt("pages 64 -", "pages 64 " + none.replaceFirst("0", "1"));
    corrupt("layer 64 2222222222222222222222222222222f", "layer 64 -");
    FileName name = new FileName(FileKind.PAGES, 1, 4, 9);
    FileEntry capped = new FileEntry(Role.DATA, name, 3, Id.NONE, 1, 1, Manifests.SHA);
    Manifest m = Manifests.small();
    broken(
        "data", m.withFiles(List.of(m.files().get(0), m.files().get(1), m.files().get(2), capped)));
  }

  /** The range behind one that ends at the greatest number seems to begin above it. */
  @Test
  void ruleSixForgottenNeverCoversTheTipThoughALaterRangeEndsBelowIt() {
    corrupt("forgotten 2 9\nforgotten 11 11", "forgotten 81 9223372036854775807\nforgotten 3 4");
    corrupt("forgotten 2 9\nforgotten 11 11", "forgotten 20 9223372036854775807\nforgotten 3 4");
  }

  @Test
  void labelsHaveAtMost1024Bytes() {
    assertEquals(Optional.empty(), ManifestRules.broken(withLabel("é".repeat(512))));
    broken("label", withLabel("é".repeat(512) + "x"));
    corrupt("before%20upgrade%25", "x".repeat(1025));
  }

  @Test
  void blockNamesHave1To255Bytes() {
    assertEquals(Optional.empty(), ManifestRules.broken(withBlock("x".repeat(255))));
    broken("RAM block", withBlock("x".repeat(256)));
    broken("RAM block", withBlock(""));
    corrupt("block 0 pc.ram", "block 0 -");
  }

  @Test
  void tokensOfHoldsHave1To64PlainCharacters() {
    for (String token : List.of("-", "%20", "a%2Fb", "x".repeat(65))) {
      corrupt("hold t ", "hold " + token + " ");
    }
  }

  @Test
  void textsThatUtf8CannotWriteAreBroken() {
    broken("label", withLabel("\ud800"));
    broken("RAM block", withBlock("\udc00"));
  }

  @Test
  void ruleFiveADroppedFileIsNeitherAliveNorDroppedTwice() {
    Dropped dropped = dropped(77, 1, 7);
    assertEquals(Optional.empty(), ManifestRules.broken(withDropped(dropped)));
    broken("twice", withDropped(dropped, dropped));
    broken("twice", withDropped(dropped(2, 1, 7)));
  }

  @Test
  void filesWereDroppedInAGenerationThatWas() {
    broken("dropped", withDropped(dropped(77, 1, 8)));
    broken("dropped", withDropped(dropped(77, 3, 3)));
  }

  @Test
  void linesOfDroppedFilesAreCheckedAsThoseOfOthers() {
    String line = "dropped layer 1 32 00000000000000ab layer 32";
    corrupt(line, line.replace("dropped layer", "dropped base"));
    corrupt(line, line.replace("layer 32", "layer 33"));
    corrupt("900 DDD", "900 +DD");
    corrupt("900 DDD", "-900 DDD");
    FileName name = new FileName(FileKind.PAGES, 1, 4, 77);
    FileEntry capped = new FileEntry(Role.DATA, name, 3, Id.NONE, 1, 1, Manifests.SHA);
    broken("data", withDropped(new Dropped(capped, 7)));
  }

  @Test
  void timesOfHoldsAreWholeSecondsOfFourDigitYears() {
    String time = "2026-11-20T10:00:00Z";
    for (String wrong :
        List.of(
            "x",
            "-",
            "2026-11-20T10:00Z",
            "2026-11-20T10:00:00.5Z",
            "2026-11-20T10:00:00+00:00",
            "2026-11-20T24:00:00Z",
            "2026-02-29T10:00:00Z",
            "2026-11-20t10:00:00z",
            "+12026-11-20T10:00:00Z",
            "-0001-11-20T10:00:00Z")) {
      corrupt(time, wrong);
    }
    for (Instant wrong : List.of(Instant.EPOCH.plusMillis(1), Instant.MAX, Instant.MIN)) {
      broken("hold", withHold(new Hold("t", 1, 5, wrong, "")));
    }
  }

  @Test
  void optionalLinesAreBounded() {
    String longest = "x-a " + "b".repeat(1020);
    assertEquals(Optional.empty(), ManifestRules.broken(withOptional(longest, 64)));
    broken("optional", withOptional(longest, 65));
    broken("optional", withOptional(longest + "b", 1));
    for (String wrong :
        List.of("x-", "x- a", "x-a ", "x-a  b", "x-a_b c", "y-a b", "x-a é", "x-a\tb", "x-a\nb")) {
      broken("optional", withOptional(wrong, 1));
    }
    for (String wrong : List.of("x-", "x-colour ", "x-colour  blue", "x-colour blue\r")) {
      corrupt("x-colour blue", wrong);
    }
    corrupt("x-colour blue", longest + "b");
    corrupt("x-colour blue\n", "x-colour blue\n".repeat(65));
    corrupt("pin 0\n", "x-colour red\npin 0\n");
  }

  private static Manifest withOptional(String line, int times) {
    return Manifests.small().withOptional(Collections.nCopies(times, line));
  }

  private static Manifest withHold(Hold hold) {
    return Manifests.small()
        .withMarks(
            new Manifest.Marks(
                PointSet.EMPTY, new TreeMap<>(), new TreeSet<>(), List.of(hold), List.of()));
  }

  private static Dropped dropped(long fileId, long born, long generation) {
    FileEntry file = Manifests.layer(1, 4, 4, fileId, Id.NONE).bornAt(born);
    return new Dropped(file, generation);
  }
}
