package dev.cairn.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cairn.tools.Cairn;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What commands say that no other test asks. */
class CommandsTest {
  private static final int PAGE = 4096;

  private final Path image;
  private final Path store;
  private final Cli cairn;
  private final byte[] memory = new byte[16 * PAGE];

  CommandsTest(@TempDir Path directory) {
    image = directory.resolve("image");
    store = directory.resolve("store");
    cairn = new Cli(store);
  }

  @BeforeEach
  void storeThreePoints() throws IOException {
    cairn.run(0, "init");
    Random random = new Random(3);
    for (int n = 0; n < 3; n++) {
      random.nextBytes(memory);
      Files.write(image, memory);
      cairn.run(0, "checkpoint", "vm", "--from", "raw:" + image);
    }
  }

  private JsonNode stats(String chain) throws IOException {
    return new ObjectMapper().readTree(cairn.run(0, "--json", "stats", chain).out());
  }

  @Test
  void statsTellsWhatForksShareAndWhatIsDead() throws IOException {
    assertEquals(0, stats("vm").get("sharedBytes").asLong());
    cairn.run(0, "fork", "vm@1", "other");
    JsonNode fork = stats("other");
    assertEquals(fork.get("storedBytes"), fork.get("sharedBytes"));
    JsonNode source = stats("vm");
    assertEquals(fork.get("storedBytes"), source.get("sharedBytes"));
    assertTrue(source.get("storedBytes").asLong() > source.get("sharedBytes").asLong());
    // Headers, padded to a page, are all that no index draws on.
    assertTrue(source.get("deadBytes").asLong() <= 3 * PAGE, source::toString);
    // The two newest points overwrite all pages: what point 1 alone saw is dead once it is gone.
    cairn.run(0, "forget", "vm", "--keep-last", "1");
    cairn.run(0, "compact", "vm");
    JsonNode after = stats("vm");
    assertEquals(1, after.get("points").asInt());
    assertTrue(after.get("writeAmplification").asDouble() >= 1, after::toString);
    assertTrue(after.get("spaceAmplification").asDouble() >= 1, after::toString);
    assertEquals(2, stats("other").get("points").asInt());
  }

  /**
   * In the order in which DESIGN.md §6 has them where it does; two runs that say the same agree.
   */
  @Test
  void fieldsHaveTheirOrder() {
    assertEquals(
        List.of("checkpoint", "id", "time", "label", "pinned", "held", "bytes", "pages"),
        names(cairn.json(0, "list", "vm").get("points").get(0)).subList(0, 8));
    JsonNode shown = cairn.json(0, "show", "vm@1");
    assertEquals(
        List.of("name", "length", "hostPageSize"), names(shown.get("blocks").get(0)), "show");
    assertEquals(List.of("chain", "checkpoint", "pinned"), names(cairn.json(0, "pin", "vm@1")));
    assertEquals(
        List.of("chain", "checkpoint", "label"), names(cairn.json(0, "label", "vm@1", "a")));
    assertEquals(List.of("chains", "points", "skipped"), names(cairn.json(0, "reindex")));
    JsonNode diff = cairn.json(0, "diff", "vm@0", "vm@1");
    assertEquals(List.of("a", "b", "blocks"), names(diff));
    assertEquals(
        List.of("block", "pages", "ranges", "zeroPages"), names(diff.get("blocks").get(0)));
    assertEquals(
        List.of("chain", "from", "checkpoint"), names(cairn.json(0, "fork", "vm@1", "other")));
    assertEquals(List.of("chains", "failedChains"), names(cairn.json(0, "list")));
  }

  private static List<String> names(JsonNode object) {
    List<String> names = new ArrayList<>();
    object.fieldNames().forEachRemaining(names::add);
    return names;
  }

  @Test
  void oneOfAThingIsNotMany() throws IOException {
    memory[5 * PAGE]++;
    Files.write(image, memory);
    String said = cairn.run(0, "checkpoint", "vm", "--from", "raw:" + image).out();
    assertTrue(said.startsWith("vm@3: 1 page, stored"), said);
    String changed = cairn.run(0, "diff", "vm@2", "vm@3", "--ranges").out();
    assertTrue(changed.contains(" 1 page changed\n    page 5, 1 page\n"), changed);
    assertEquals("1 chain verified: clean\n", cairn.run(0, "verify").out());
    assertEquals("4 points of 1 chain\n", cairn.run(0, "reindex").out());
    assertEquals("vm@3 is labelled a\n", cairn.run(0, "label", "vm@3", "a").out());
    assertEquals("vm@3 is labelled a\n", cairn.run(0, "label", "vm@3").out());
    assertEquals("vm@3 has no label\n", cairn.run(0, "label", "vm@3", "--remove").out());
    assertEquals("vm@3 has no label\n", cairn.run(0, "label", "vm@3").out());
    cairn.run(2, "label", "vm@3", "a", "--remove");
  }

  @Test
  void anEmptyDirectoryIsNoStoreAndTheNextCommandIsForIt() throws IOException {
    Path empty = Files.createDirectory(store.resolveSibling("empty"));
    String errors = new Cli(empty).run(10, "list").errors();
    assertTrue(errors.endsWith("make one: cairn --store " + empty + " init\n"), errors);
  }

  @Test
  void completionKnowsEveryCommand() {
    String script = cairn.run(0, "completion").out();
    for (String command :
        List.of(
            ("init checkpoint list log show diff stats restore merge compact forget pin label fork"
                    + " copy verify repair reindex help completion demo bench")
                .split(" "))) {
      assertTrue(script.contains(command), command);
    }
    assertTrue(script.contains("--keep-hourly"), "options");
  }

  @Test
  void pointsOfAllChainsTellOfPinsAsThoseOfOneDo() {
    cairn.run(0, "label", "vm@1", "nightly");
    cairn.run(0, "pin", "vm@1");
    JsonNode point = cairn.json(0, "list", "--label", "nightly").get("points").get(0);
    assertTrue(point.get("pinned").asBoolean(), point::toString);
    assertFalse(point.get("held").asBoolean(), point::toString);
    String row = cairn.run(0, "list", "--label", "nightly").out().lines().toList().get(1);
    assertTrue(row.endsWith("  nightly [pinned]"), row);
    String own = cairn.run(0, "list", "vm", "--label", "nightly").out().lines().toList().get(1);
    assertTrue(row.endsWith(own), row);
    JsonNode others = cairn.json(0, "list", "--since", "2001-01-01T00:00:00Z").get("points");
    assertFalse(others.get(0).get("pinned").asBoolean());
  }

  @Test
  void anAnswerToADryRunIsAResult() {
    List<String> forget = List.of("-q", "forget", "vm", "--keep-last", "1", "--dry-run");
    String planned = cairn.run(0, forget.toArray(String[]::new)).out();
    assertTrue(planned.contains("forget          0"), planned);
    String merge = cairn.run(0, "-q", "merge", "vm", "--dry-run").out();
    assertTrue(merge.startsWith("would begin with: merged 2 layers"), merge);
    JsonNode json = cairn.json(0, "merge", "vm", "--dry-run");
    assertTrue(json.get("firstStepsOnly").asBoolean(), json::toString);
    assertFalse(cairn.json(0, "merge", "vm").get("firstStepsOnly").asBoolean());
    String nothing = cairn.run(0, "-q", "merge", "vm", "--dry-run").out();
    assertTrue(nothing.startsWith("nothing to merge"), nothing);
    assertEquals("", cairn.run(0, "-q", "forget", "vm", "--keep-last", "1").out());
  }

  private void usage(List<String> command, String... words) {
    Cli.Said said = cairn.run(2, command.toArray(String[]::new));
    assertEquals("", said.out());
    assertEquals(1, said.errors().lines().count(), said.errors());
    for (String word : words) {
      assertTrue(said.errors().contains(word), () -> "'" + word + "' in: " + said.errors());
    }
  }

  @Test
  void rulesAndOptionsThatMakeNoSenseAreUsageErrors() {
    usage(List.of("forget", "vm", "--keep-label", ""), "label ''", "expected a letter");
    usage(List.of("forget", "vm", "--keep-last", "-1"), "--keep-last -1", "from 0 on");
    usage(List.of("forget", "vm"), "without a rule every point is kept");
    usage(List.of("-q", "-v", "list"), "-q and -v");
    usage(List.of("list", "--quiet", "--verbose"), "-q and -v");
    usage(List.of("verify", "nobody", "--read-data-subset", "many"), "expected a percentage");
    usage(List.of("checkpoint", "vm", "--from", "raw:x", "--codec", "gzip"), "expected plain");
    usage(List.of("demo", "--codec", "gzip"), "expected plain");
    usage(List.of("demo", "--memory", "9999999999G"), "memory");
  }

  @Test
  void verboseErrorsHaveTheirStackTraces() {
    assertEquals(1, cairn.run(10, "show", "vm@9").errors().lines().count());
    String errors = cairn.run(10, "-v", "show", "vm@9").errors();
    assertTrue(errors.contains("\tat dev.cairn."), errors);
  }

  @Test
  void aResultThatIsLostIsAFailure() {
    PrintStream before = System.out;
    PrintStream errorsBefore = System.err;
    ByteArrayOutputStream errors = new ByteArrayOutputStream();
    OutputStream full =
        new OutputStream() {
          @Override
          public void write(int next) throws IOException {
            throw new IOException("no space left");
          }
        };
    try (PrintStream out = new PrintStream(full, false, StandardCharsets.UTF_8);
        PrintStream err = new PrintStream(errors, true, StandardCharsets.UTF_8)) {
      System.setOut(out);
      System.setErr(err);
      assertEquals(1, Cairn.run("--store", store.toString(), "list", "--json"));
    } finally {
      System.setOut(before);
      System.setErr(errorsBefore);
    }
    String said = errors.toString(StandardCharsets.UTF_8);
    assertEquals(1, said.lines().count(), said);
    assertTrue(said.startsWith("cairn: standard output"), said);
  }

  @Test
  void aPointBeforeTheFirstNamesTheNextCommand() {
    String errors = cairn.run(10, "show", "vm@2001-01-01T00:00:00Z").errors();
    assertTrue(errors.contains("see: cairn list vm"), errors);
  }
}
