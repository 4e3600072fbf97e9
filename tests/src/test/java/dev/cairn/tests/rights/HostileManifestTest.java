package dev.cairn.tests.rights;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.tests.Cli;
import dev.cairn.tests.KnownStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A MANIFEST, whole by its checksum, whose names lead out of the chain; and names that a command
 * line gives. Nobody follows them.
 */
class HostileManifestTest {
  private static final List<String> NAMES =
      List.of(
          "..",
          ".",
          "../../canary/file",
          "../canary/file",
          "/etc/passwd",
          "a/b",
          "a\0b",
          "\0",
          "%2e%2e%2ffile",
          "..%2f..%2fcanary",
          "%00",
          "000000000000-00112233445566aa.base/../../file",
          "0011223344556677/",
          "x".repeat(300));

  private final Path store;
  private final Path out;
  private final Path manifest;
  private final KnownStore known;
  private final Canary canary;
  private int refused;
  private int accepted;

  HostileManifestTest(@TempDir Path directory) throws IOException {
    this.store = directory.resolve("store");
    this.out = Files.createDirectory(directory.resolve("out"));
    this.canary = new Canary(directory.resolve("canary"));
    this.manifest = store.resolve("chains/vm/MANIFEST");
    this.known = new KnownStore(store, out);
    for (int i = 0; i < 3; i++) {
      known.checkpoint("vm");
    }
    known.cairn().run(0, "label", "vm@1", "x");
    new Cli(out.resolve("other")).run(0, "init");
  }

  /** Each word of each line of files, labels and holds is a name once. */
  @Test
  void namesThatLeadOutOfTheChainAreCorruption() throws IOException {
    String own = Files.readString(manifest, ISO_8859_1);
    List<String> lines = List.of(own.split("\n", -1));
    for (int line = 0; line < lines.size(); line++) {
      String first = lines.get(line).split(" ", -1)[0];
      if (List.of("file", "dropped", "block", "label", "hold", "chain", "origin").contains(first)) {
        words(lines, line);
      }
    }
    Files.writeString(manifest, own, ISO_8859_1);
    known.nothingIsLost();
    System.out.println(
        "hostile manifests: "
            + refused
            + " commands refused, "
            + accepted
            + " labels and tokens taken as they are");
    assertTrue(refused > 1000, () -> "refused: " + refused);
  }

  private void words(List<String> lines, int line) throws IOException {
    String[] words = lines.get(line).split(" ", -1);
    for (int word = 1; word < words.length; word++) {
      for (String name : NAMES) {
        String[] changed = words.clone();
        changed[word] = name;
        List<String> all = new ArrayList<>(lines);
        all.set(line, String.join(" ", changed));
        write(all);
        look(lines.get(line) + ": word " + word + " is " + name);
      }
    }
  }

  /** With the right checksum. */
  private void write(List<String> lines) throws IOException {
    String text = String.join("\n", lines);
    text = text.substring(0, text.lastIndexOf("crc "));
    CRC32C crc = new CRC32C();
    crc.update(text.getBytes(ISO_8859_1));
    Files.writeString(
        manifest,
        text + "crc " + HexFormat.of().toHexDigits((int) crc.getValue()) + "\n",
        ISO_8859_1);
  }

  private void look(String what) throws IOException {
    boolean file = what.startsWith("file ") || what.startsWith("chain ");
    Cli.Said listed = known.cairn().attempt("list", "vm");
    canary.requireUntouched(what);
    if (listed.exit() == 0) {
      // Of a point's label and the like, which are no names of files.
      assertFalse(file, what);
      accepted++;
      return;
    }
    for (List<String> command :
        List.of(List.of("list", "vm"), List.of("merge", "vm"), known.nextCheckpoint("vm"))) {
      known.refused(4, command, "MANIFEST");
      canary.requireUntouched(what);
      refused++;
    }
  }

  @Test
  void namesFromACommandLineAreCheckedFirst() throws IOException {
    List<String> checkpoint = new ArrayList<>(known.nextCheckpoint("vm"));
    for (String name : NAMES) {
      if (name.indexOf('\0') >= 0) {
        continue; // no argument of a program has one
      }
      for (List<String> command :
          List.of(
              List.of("checkpoint", name, "--from", checkpoint.getLast()),
              List.of("fork", "vm@1", name),
              List.of("list", name),
              List.of("merge", name),
              List.of("repair", name))) {
        Cli.Said said = known.cairn().attempt(command.toArray(String[]::new));
        assertEquals(2, said.exit(), () -> command + ": " + said);
        assertTrue(said.errors().contains("chain name"), said.errors());
        canary.requireUntouched(command.toString());
      }
    }
    known.nothingIsLost();
  }
}
