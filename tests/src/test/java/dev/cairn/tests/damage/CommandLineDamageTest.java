package dev.cairn.tests.damage;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.store.io.FileSystemDirectory;
import dev.cairn.store.io.StoreDirectory;
import dev.cairn.tests.Settings;
import dev.cairn.tools.Cairn;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** By the command line, damage is exit code 4 and one line that names file, offset and bytes. */
class CommandLineDamageTest {
  /** RocksDB has a handful of files with bytes; each is harmed in three ways. */
  private static final int LEAST_CATALOG_DAMAGES = 8;

  /** How a command ended. */
  private record Said(int exit, String out, String errors) {}

  private final Path directory;
  private final SmallStore store = new SmallStore();
  private final Picture whole = store.picture();
  private final Random random = new Random(Settings.seed());
  private int stores;

  CommandLineDamageTest(@TempDir Path directory) throws IOException {
    this.directory = directory;
  }

  private Path write(Picture picture) throws IOException {
    Path path = directory.resolve("store" + ++stores);
    try (StoreDirectory root = FileSystemDirectory.create(path)) {
      picture.writeTo(root);
    }
    return path;
  }

  private static Said run(Path store, String... args) {
    PrintStream out = System.out;
    PrintStream err = System.err;
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    ByteArrayOutputStream errors = new ByteArrayOutputStream();
    try (PrintStream outNow = new PrintStream(said, true, StandardCharsets.UTF_8);
        PrintStream errNow = new PrintStream(errors, true, StandardCharsets.UTF_8)) {
      System.setOut(outNow);
      System.setErr(errNow);
      int exit =
          Cairn.run(
              Stream.concat(Stream.of("--store", store.toString()), Stream.of(args))
                  .toArray(String[]::new));
      return new Said(
          exit, said.toString(StandardCharsets.UTF_8), errors.toString(StandardCharsets.UTF_8));
    } finally {
      System.setOut(out);
      System.setErr(err);
    }
  }

  private List<Harm> sample() {
    Harms harms = new Harms(whole, random);
    List<Harm> sample = new ArrayList<>();
    for (String path : harms.files()) {
      if (whole.links(path).stream().anyMatch(link -> link.startsWith("chains/vm/"))
          || path.equals("STORE")) {
        List<Harm> bits = harms.bits(path);
        List<Harm> cuts = harms.cuts(path);
        for (int i = 0; i < 2; i++) {
          sample.add(bits.get(random.nextInt(bits.size())));
        }
        sample.add(cuts.get(random.nextInt(cuts.size())));
        sample.add(harms.extensions(path).getLast());
      }
    }
    harms.removals().stream().filter(h -> h.path().startsWith("chains/vm/0")).forEach(sample::add);
    return sample;
  }

  @Test
  void damageIsExitCodeFourAndOneLine() throws IOException {
    Path sound = write(whole);
    assertEquals(0, run(sound, "verify", "vm").exit);
    byte[] expected = restored(sound, 0);
    int refused = 0;
    int exact = 0;
    List<Harm> sample = sample();
    for (Harm harm : sample) {
      Path damaged = write(harm.on(whole));
      Said verified = run(damaged, "verify", "vm");
      boolean spare = harm.path().endsWith("MANIFEST.spare"); // of which verify only warns
      assertEquals(spare ? 0 : 4, verified.exit, harm + ": " + verified);
      requireTold(harm, verified.out + verified.errors);
      Path target = directory.resolve("restored" + stores);
      Said said = run(damaged, "restore", "vm@2", "--to", "raw:" + target);
      if (said.exit == 0) {
        assertArrayEquals(expected, Files.readAllBytes(target), "" + harm);
        exact++;
      } else {
        assertEquals(4, said.exit, harm + ": " + said);
        assertEquals(1, said.errors.strip().lines().count(), harm + ": " + said);
        requireTold(harm, said.errors);
        assertTrue(Files.notExists(target), "nothing half restored");
        refused++;
      }
    }
    System.out.println(
        "damages by the command line "
            + sample.size()
            + ": verify tells of each; restore exact "
            + exact
            + ", exit code 4 "
            + refused);
    assertTrue(exact > 5 && refused > 5);
  }

  private byte[] restored(Path sound, int number) throws IOException {
    Path target = directory.resolve("sound" + number);
    Said said = run(sound, "restore", "vm@2", "--to", "raw:" + target);
    assertEquals(0, said.exit, "" + said);
    return Files.readAllBytes(target);
  }

  private static void requireTold(Harm harm, String text) {
    String file = Picture.name(harm.path());
    assertTrue(
        text.contains(file)
            && text.contains(" at offset ")
            && text.contains("expected ")
            && text.contains("found "),
        harm + ": " + text);
  }

  @Test
  void aStoreThatLostItsStoreFileIsDamagedAndAnEmptyDirectoryIsNone() throws IOException {
    Path path = write(whole);
    Files.delete(path.resolve("STORE"));
    for (String[] command : new String[][] {{"list"}, {"verify"}, {"repair", "vm"}}) {
      Said said = run(path, command);
      assertEquals(4, said.exit, "" + said);
      requireTold(new Harm.Remove("STORE"), said.errors);
      assertTrue(said.errors.contains(path.resolve("STORE").toString()), "" + said);
    }
    Path empty = Files.createDirectory(directory.resolve("empty"));
    assertEquals(10, run(empty, "list").exit);
    Files.createDirectory(empty.resolve("chains"));
    assertEquals(10, run(empty, "list").exit);
    assertEquals(10, run(directory.resolve("absent"), "list").exit);
  }

  /** All of a chain may lie where the link leads; a dotted entry is nobody's business. */
  @Test
  void whatStandsInThePlaceOfAChainIsTold() throws IOException {
    Path path = write(whole);
    Path chain = path.resolve("chains").resolve("vm");
    Files.writeString(path.resolve("chains").resolve(".somebody's"), "own");
    assertEquals(0, run(path, "verify").exit);
    assertEquals(0, run(path, "list").exit);
    Path aside = directory.resolve("aside");
    Files.move(chain, aside);
    for (int way = 0; way < 2; way++) {
      if (way == 0) {
        Files.createSymbolicLink(chain, aside);
      } else {
        Files.writeString(chain, "a file");
      }
      Said verified = run(path, "verify");
      assertEquals(4, verified.exit, "" + verified);
      assertTrue(verified.out.contains("1 finding"), "" + verified);
      requireTold(new Harm.Remove(chain.toString()), verified.out);
      Said listed = run(path, "list");
      assertEquals(4, listed.exit, "" + listed);
      assertTrue(listed.out.contains("fork"), "" + listed);
      requireTold(new Harm.Remove(chain.toString()), listed.errors);
      Files.delete(chain);
    }
    Files.move(aside, chain);
    assertEquals(0, run(path, "verify").exit);
  }

  /** The catalog is derived: what is wrong with it changes no answer, and reindex makes it anew. */
  @Test
  void aDamagedCatalogLosesNothing() throws IOException {
    Path path = write(whole);
    assertEquals(0, run(path, "reindex").exit);
    Said expected = run(path, "list", "--label", "nightly");
    assertEquals(0, expected.exit, "" + expected);
    assertTrue(expected.out.contains("vm") && expected.out.contains("nightly"), "" + expected);
    Path catalog = path.resolve("catalog").resolve("rocksdb");
    int damages = 0;
    for (int way = 0; way < 3; way++) {
      for (Path file : files(catalog)) {
        if (!harm(file, way)) {
          continue;
        }
        damages++;
        assertEquals(expected.out, run(path, "list", "--label", "nightly").out, "" + file);
        assertEquals(0, run(path, "reindex").exit, way + " " + file);
        assertEquals(expected.out, run(path, "list", "--label", "nightly").out, "" + file);
      }
    }
    System.out.println("damages of the catalog " + damages + ": no answer changed");
    assertTrue(damages > LEAST_CATALOG_DAMAGES, "damages " + damages);
  }

  private static List<Path> files(Path catalog) throws IOException {
    try (Stream<Path> files = Files.list(catalog)) {
      return files.filter(f -> !f.endsWith("LOCK")).sorted().toList();
    }
  }

  /** Returns whether there was something to harm: RocksDB may have made others meanwhile. */
  private boolean harm(Path file, int way) throws IOException {
    if (Files.notExists(file)) {
      return false;
    }
    byte[] bytes = Files.readAllBytes(file);
    if (way == 0) {
      Files.delete(file);
      return true;
    }
    if (bytes.length == 0) {
      return false;
    }
    if (way == 1) {
      Files.write(file, Arrays.copyOf(bytes, random.nextInt(bytes.length)));
    } else {
      bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
      Files.write(file, bytes);
    }
    return true;
  }
}
