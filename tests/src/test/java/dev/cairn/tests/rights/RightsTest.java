package dev.cairn.tests.rights;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.tests.Child;
import dev.cairn.tests.Cli;
import dev.cairn.tests.KnownStore;
import dev.cairn.tests.PrivateMounts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whose files they are, and who may read them: by processes with another umask or owner. */
class RightsTest {
  private static final List<String> SMALL_JVM =
      List.of("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1");
  private static final int SOMEBODY = 54321;

  private final Path directory;

  RightsTest(@TempDir Path directory) {
    this.directory = directory;
  }

  private void child(List<String> launcher, Class<?> main) throws Exception {
    try (Child child = Child.java(directory, launcher, SMALL_JVM, main, directory.toString())) {
      String said = child.await(0);
      said.lines()
          .filter(line -> line.startsWith("umask: ") || line.startsWith("owner: "))
          .forEach(System.out::println);
      assertTrue(said.contains("looked at"), said);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"000", "077", "022"})
  void filesAre0600AndDirectories0700WhateverTheUmask(String umask) throws Exception {
    child(List.of("sh", "-c", "umask " + umask + "; exec \"$@\"", "sh"), UmaskMain.class);
  }

  /** The child is root no more, and the store is neither its own nor of any user that it knows. */
  @Test
  void aStoreOfSomebodyElseIsReadIfThatIsAllowedAndNeverWritten() throws Exception {
    if (!PrivateMounts.isRoot()) {
      PrivateMounts.missing("root, to give a store to somebody else");
    }
    give(store("closed"), "rwx------", "rw-------");
    give(store("readable"), "rwxr-xr-x", "rw-r--r--");
    give(store("shared"), "rwxrwxrwx", "rw-r--r--");
    Map<String, Long> before = times(directory.resolve("readable"));
    child(PrivateMounts.withoutPrivileges(), SomebodyElseMain.class);
    assertEquals(before, times(directory.resolve("readable")));
    Cli root = new Cli(directory.resolve("closed"));
    Path image = directory.resolve("image-vm");
    root.run(0, "checkpoint", "vm", "--from", "raw:" + image);
    root.run(0, "verify");
  }

  private Path store(String name) throws IOException {
    KnownStore known = new KnownStore(directory.resolve(name), directory);
    for (int i = 0; i < 4; i++) {
      known.checkpoint("vm");
    }
    known.cairn().run(0, "label", "vm@1", "x");
    return directory.resolve(name);
  }

  private static Map<String, Long> times(Path root) throws IOException {
    Map<String, Long> times = new TreeMap<>();
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.toList()) {
        times.put(file.toString(), Files.getLastModifiedTime(file).toMillis());
      }
    }
    return times;
  }

  private static void give(Path root, String directories, String others) throws IOException {
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.toList()) {
        String permissions = Files.isDirectory(file) ? directories : others;
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
        Files.setAttribute(file, "unix:uid", SOMEBODY);
      }
    }
  }
}
