package dev.cairn.tools.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.luben.zstd.ZstdCompressCtx;
import dev.cairn.tools.Cairn;
import dev.cairn.tools.bench.DifferenceCodec.Way;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What pages as differences are counted to take. */
class DifferenceTest {
  private static final int PAGE = 4096;

  private final Path directory;
  private final Random random = new Random(20_261_130);
  private final DifferenceCodec codec = new DifferenceCodec(PAGE);
  private final DifferenceSums sums = new DifferenceSums(codec);

  DifferenceTest(@TempDir Path directory) {
    this.directory = directory;
  }

  @AfterEach
  void close() {
    codec.close();
  }

  /** Returns a page that no codec makes shorter. */
  private byte[] noise() {
    byte[] page = new byte[PAGE];
    random.nextBytes(page);
    return page;
  }

  private static byte[] withTenChanged(byte[] page, int round) {
    byte[] changed = page.clone();
    for (int i = 0; i < 10; i++) {
      changed[1000 + i] = (byte) (changed[1000 + i] + round);
    }
    return changed;
  }

  private DifferenceMix mix(Way way, int most) {
    return sums.mixes().stream()
        .filter(mix -> mix.way() == way && mix.most() == most)
        .findFirst()
        .orElseThrow();
  }

  private List<Long> counts() {
    return sums.groups().stream().map(DifferenceSums.Group::versions).toList();
  }

  @Test
  void tenChangedBytesOfNoiseTakeOneStep() {
    byte[] page = noise();
    byte[] changed = withTenChanged(page, 1);
    assertEquals(10, DifferenceSums.changed(page, changed));
    assertEquals(PAGE, codec.zstd(changed));
    assertEquals(PAGE, codec.lz4(changed));
    assertEquals(64, codec.difference(Way.XOR, page, changed));
    assertEquals(64, codec.difference(Way.DICTIONARY, page, changed));
    sums.add(page);
    sums.add(changed);
    assertEquals(1, sums.versions(), "the first one has nothing below");
    assertEquals(List.of(1L, 0L, 0L, 0L), counts());
    assertEquals(PAGE, sums.zstdBytes());
    assertEquals(PAGE, sums.firstZstdBytes());
    assertEquals(64, sums.groups().getFirst().xorBytes());
  }

  @Test
  void aDifferenceHasAHeaderAndALengthAndWholeSteps() {
    byte[] page = noise();
    byte[] changed = page.clone();
    byte[] xor = new byte[PAGE];
    try (ZstdCompressCtx zstd = new ZstdCompressCtx().setLevel(1).setContentSize(false)) {
      for (int i = 0; i < 200; i++) {
        xor[i] = (byte) (1 + random.nextInt(255));
        changed[i] ^= xor[i];
        int steps = (16 + 4 + zstd.compress(xor).length + 63) / 64;
        assertEquals(64 * steps, codec.difference(Way.XOR, page, changed), i + " bytes");
      }
    }
  }

  @Test
  void aPageThatIsAnotherOneIsStoredWhole() {
    sums.add(noise());
    sums.add(noise());
    sums.add(noise());
    assertEquals(List.of(0L, 0L, 0L, 2L), counts());
    for (DifferenceMix mix : sums.mixes()) {
      assertEquals(2L * PAGE, mix.storedBytes(), mix.text());
      assertEquals(0, mix.differences(), mix.text());
    }
  }

  @Test
  void whatHasMovedIsFoundByTheDictionaryAlone() {
    byte[] page = noise();
    byte[] moved = new byte[PAGE];
    System.arraycopy(page, 0, moved, 8, PAGE - 8);
    assertEquals(DifferenceCodec.NONE, codec.difference(Way.XOR, page, moved));
    assertEquals(64, codec.difference(Way.DICTIONARY, page, moved));
  }

  @Test
  void nothingIsADifferenceFromZeros() {
    byte[] page = new byte[PAGE];
    page[7] = 1;
    sums.addZero();
    sums.add(page);
    sums.addZero();
    sums.add(page);
    assertEquals(2, sums.versions());
    assertEquals(2, sums.zeroBases());
    assertEquals(1, sums.zeros());
    assertEquals(List.of(2L, 0L, 0L, 0L), counts(), "one byte");
    for (DifferenceMix mix : sums.mixes()) {
      assertEquals(0, mix.differences(), mix.text());
      assertEquals(sums.zstdBytes(), mix.storedBytes(), mix.text());
    }
  }

  @Test
  void whatIsEqualCountsApart() {
    byte[] page = noise();
    sums.add(page);
    sums.add(page.clone());
    sums.add(withTenChanged(page, 1));
    assertEquals(1, sums.equal());
    assertEquals(PAGE, sums.equalZstdBytes());
    assertEquals(DifferenceCodec.LEAST_BYTES, codec.difference(Way.XOR, page, page));
    assertEquals(1, sums.versions());
    assertEquals(64, mix(Way.XOR, 1).storedBytes(), "a difference from the first one");
  }

  @Test
  void theShorterOfBothIsTaken() {
    byte[] page = noise();
    byte[] moved = new byte[PAGE];
    System.arraycopy(page, 0, moved, 8, PAGE - 8);
    assertEquals(64, codec.difference(Way.SHORTER, page, moved));
    assertEquals(64, codec.difference(Way.SHORTER, page, withTenChanged(page, 1)));
  }

  /** Of 4096 bytes of noise 3,300 are new: an eighth is saved, a quarter is not. */
  @Test
  void aDifferenceThatSavesLittleIsNotStored() {
    byte[] page = noise();
    byte[] changed = noise();
    System.arraycopy(page, 3300, changed, 3300, PAGE - 3300);
    int length = codec.difference(Way.XOR, page, changed);
    assertTrue(length > PAGE / 4 * 3 && length <= PAGE / 8 * 7, Integer.toString(length));
    sums.add(page);
    sums.add(changed);
    assertEquals(0, mix(Way.XOR, 8).differences());
    assertEquals(PAGE, mix(Way.XOR, 8).storedBytes());
  }

  @Test
  void aPageThatBeginsAsATrainedDictionaryIsNoDictionary() {
    byte[] page = noise();
    page[0] = 0x37;
    page[1] = (byte) 0xA4;
    page[2] = 0x30;
    page[3] = (byte) 0xEC;
    assertEquals(DifferenceCodec.NONE, codec.difference(Way.DICTIONARY, page, page));
    assertEquals(64, codec.difference(Way.XOR, page, page));
  }

  @Test
  void aDifferenceIsFromAWholeVersionWithinItsDistance() {
    byte[] page = noise();
    sums.add(page);
    for (int round = 1; round <= 19; round++) {
      sums.add(withTenChanged(page, round));
    }
    assertEquals(19, sums.versions());
    assertEquals(10, mix(Way.XOR, 1).differences(), "every second one");
    assertEquals(10 * 64 + 9 * PAGE, mix(Way.XOR, 1).storedBytes());
    assertEquals(17, mix(Way.XOR, 8).differences(), "all but the 9th and the 18th");
    assertEquals(17 * 64 + 2 * PAGE, mix(Way.XOR, 8).storedBytes());
    assertEquals(19, mix(Way.XOR, 64).differences());
    assertEquals(19, mix(Way.DICTIONARY, DifferenceMix.UNBOUNDED).differences());
  }

  @Test
  void anotherPageHasNothingBelow() {
    byte[] page = noise();
    sums.add(page);
    sums.begin();
    sums.add(withTenChanged(page, 1));
    assertEquals(0, sums.versions());
    assertEquals(2, sums.firsts());
    for (DifferenceMix mix : sums.mixes()) {
      assertEquals(0, mix.storedBytes(), mix.text());
    }
  }

  private JsonNode versions(String store) throws IOException {
    PrintStream before = System.out;
    ByteArrayOutputStream output = new ByteArrayOutputStream();
    try {
      System.setOut(new PrintStream(output, true, StandardCharsets.UTF_8));
      assertEquals(
          0,
          Cairn.run("--store", store, "--json", "bench", "difference", "--chain", "vm"),
          output::toString);
    } finally {
      System.setOut(before);
    }
    for (String line : output.toString(StandardCharsets.UTF_8).lines().toList()) {
      JsonNode row = new ObjectMapper().readTree(line);
      if (row.path("work").asText().startsWith("XOR, of the version below, however")) {
        return row;
      }
    }
    throw new AssertionError(output.toString(StandardCharsets.UTF_8));
  }

  private static void cairn(String store, String... arguments) {
    Stream<String> all = Stream.concat(Stream.of("-q", "--store", store), Stream.of(arguments));
    assertEquals(0, Cairn.run(all.toArray(String[]::new)), () -> String.join(" ", arguments));
  }

  /** Three points, in which the same two pages of four change by ten bytes. */
  @Test
  void whatNoPointSeesDoesNotCount() throws IOException {
    String store = directory.resolve("store").toString();
    Path image = directory.resolve("image");
    cairn(store, "init");
    byte[] page = noise();
    for (int round = 0; round < 3; round++) {
      byte[] ram = new byte[4 * PAGE];
      for (int i = 0; i < 4; i++) {
        System.arraycopy(i < 2 ? withTenChanged(page, round) : page, 0, ram, i * PAGE, PAGE);
      }
      Files.write(image, ram);
      cairn(store, "checkpoint", "vm", "--from", "raw:" + image);
    }
    JsonNode all = versions(store);
    assertEquals(4, all.get("versions").asLong(), all::toString);
    assertEquals(4 * 64, all.get("storedBytes").asLong(), all::toString);
    assertEquals(4L * PAGE, all.get("zstdBytes").asLong(), all::toString);
    cairn(store, "pin", "vm@0");
    cairn(store, "forget", "vm", "--keep-last", "1");
    assertEquals(2, versions(store).get("versions").asLong(), "not those of the second point");
    cairn(store, "merge", "vm");
    assertEquals(2, versions(store).get("versions").asLong());
  }

  @Test
  void theChainIsAskedForAndIsThisBenchsAlone() {
    assertEquals(2, Cairn.run("bench", "difference"));
    assertEquals(2, Cairn.run("--store", directory.toString(), "bench", "index", "--chain", "vm"));
    int none = Cairn.run("--store", directory.toString(), "bench", "difference", "--chain", "vm");
    assertTrue(none == 10, "no store there: " + none);
  }
}
