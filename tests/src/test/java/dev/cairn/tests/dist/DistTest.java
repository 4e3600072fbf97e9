package dev.cairn.tests.dist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.store.io.Missing;
import dev.cairn.tests.PrivateMounts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The image and the package that {@code cairn dist} makes do what they are there for. */
class DistTest {
  private static final Path TOOLS = Path.of("../tools").toAbsolutePath().normalize();

  private static Path made = Path.of("");

  private static Path image = Path.of("");

  private final Path directory;

  DistTest(@TempDir Path directory) {
    this.directory = directory;
  }

  @BeforeAll
  static void dist(@TempDir Path place) throws IOException, InterruptedException {
    made = place;
    Path jdk = Path.of(System.getProperty("java.home"));
    if (!Files.isExecutable(jdk.resolve("bin/jlink"))) {
      Missing.part("jlink, in the JDK of the tests");
    }
    Tool.require("zstd", "dpkg-deb");
    Path jar = only(TOOLS.resolve("target"), "cairn-tools-.*\\.jar");
    Tool.run(
        made,
        TOOLS.resolve("dist/dist").toString(),
        jdk.toString(),
        made.toString(),
        jar.toString(),
        TOOLS.resolve("target/lib").toString());
    image = only(made, "cairn-.*-linux-[a-z0-9]+");
  }

  private static Path only(Path place, String name) throws IOException {
    try (Stream<Path> files = Files.list(place)) {
      List<Path> found = files.filter(file -> file.getFileName().toString().matches(name)).toList();
      assertEquals(1, found.size(), () -> found + " in " + place + " as " + name);
      return found.getFirst();
    }
  }

  @Test
  void theImageNeedsNoJdkAndMayLieAnywhere() throws IOException, InterruptedException {
    Path moved = directory.resolve("a place with spaces");
    Tool.run(directory, "cp", "-a", image.toString(), moved.toString());
    Path link = Files.createSymbolicLink(directory.resolve("cairn"), moved.resolve("bin/cairn"));
    Map<String, String> bare = Map.of("PATH", "/usr/bin:/bin", "JAVA_HOME", "/none");
    String store = directory.resolve("store").toString();
    String version = Tool.run(directory, bare, List.of(link.toString(), "--version"));
    assertTrue(version.matches("cairn [0-9.]+\n"), version);
    Tool.run(directory, bare, List.of(link.toString(), "--store", store, "init"));
    Path memory = Files.write(directory.resolve("memory"), new byte[64 << 10]);
    Tool.run(
        directory,
        bare,
        List.of(link.toString(), "--store", store, "checkpoint", "vm", "--from", "raw:" + memory));
    String listed = Tool.run(directory, bare, List.of(link.toString(), "--store", store, "list"));
    assertTrue(listed.contains("vm"), listed);
    String loaded =
        Tool.run(
            directory,
            bare,
            List.of(
                "sh",
                "-c",
                "cd \"$0\" && exec runtime/bin/java -Xlog:class+load -XX:AOTCache=lib/cairn.aot"
                    + " @lib/jvm.options -cp \"$(printf '%s:' \"$0\"/lib/*.jar | sed 's/:$//')\""
                    + " dev.cairn.tools.Cairn --version",
                moved.toString()));
    for (String name : List.of("dev.cairn.tools.Cairn", "picocli.CommandLine")) {
      assertTrue(loaded.contains(name + " source: shared objects file"), name + " in the cache");
    }
  }

  @Test
  void thePackageIsInstalledUsedRemovedAndPurged() throws IOException, InterruptedException {
    if (!PrivateMounts.isRoot()) {
      Missing.part("root, to install a package over a copy of the system");
    }
    Tool.require("unshare", "dpkg", "setpriv", "systemd-analyze");
    Path place = Files.createDirectory(directory.resolve("over"));
    String said =
        Tool.run(
            directory,
            "unshare",
            "--mount",
            Path.of("lab/install.sh").toAbsolutePath().toString(),
            only(made, "cairn_.*\\.deb").toString(),
            place.toString());
    assertTrue(said.endsWith("all as it should be\n"), said);
  }

  @Test
  void eachCommandHasAManualPageThatGroffUnderstands() throws IOException, InterruptedException {
    Tool.require("groff");
    Path pages = image.resolve("share/man/man1");
    List<String> names;
    try (Stream<Path> files = Files.list(pages)) {
      names = files.map(file -> file.getFileName().toString()).sorted().toList();
    }
    for (String command : List.of("cairn", "cairn-capture", "cairn-serve", "cairn-verify")) {
      assertTrue(names.contains(command + ".1"), names.toString());
    }
    for (String name : names) {
      Path page = pages.resolve(name);
      String said = Tool.run(directory, "groff", "-man", "-Kutf8", "-ww", "-z", page.toString());
      assertEquals("", said, name);
    }
    Path verify = pages.resolve("cairn-verify.1");
    String read = Tool.run(directory, "groff", "-man", "-Kutf8", "-Tascii", verify.toString());
    String plain = read.replaceAll("\u001b\\[[0-9;]*m|.\b", "");
    assertTrue(plain.contains("--read-data-subset=PERCENT"), plain);
    assertTrue(plain.contains("default 100%\n"), plain);
  }

  @Test
  void bashCompletesCommandsAndOptions() throws IOException, InterruptedException {
    Path script = image.resolve("share/bash-completion/completions/cairn");
    Tool.run(directory, "bash", "-n", script.toString());
    // It may say so outside of a completion, where compopt has nothing to change.
    String complete =
        "source \"$0\"; compopt() { :; }; COMP_WORDS=(cairn \"$@\"); COMP_CWORD=$#;"
            + " _complete_cairn; echo \"${COMPREPLY[@]}\"";
    String bash = script.toString();
    assertEquals("verify\n", Tool.run(directory, "bash", "-c", complete, bash, "ver"));
    assertEquals(
        "--read-data-subset\n",
        Tool.run(directory, "bash", "-c", complete, bash, "verify", "--read"));
  }

  @Test
  void zshAndFishCompleteToo() throws IOException, InterruptedException {
    Tool.require("zsh", "fish");
    Path zsh = image.resolve("share/zsh/vendor-completions/_cairn");
    Tool.run(directory, "zsh", "-n", zsh.toString());
    String told =
        Tool.run(
            directory,
            "zsh",
            "-fc",
            "autoload -Uz compinit; compinit -u -d $1/dump; source $0; print $_comps[cairn]",
            zsh.toString(),
            directory.toString());
    assertEquals("_cairn\n", told);
    Path fish = image.resolve("share/fish/vendor_completions.d/cairn.fish");
    Map<String, String> home = Map.of("HOME", directory.toString(), "PATH", System.getenv("PATH"));
    Tool.run(directory, home, List.of("fish", "--no-execute", fish.toString()));
    String completed =
        Tool.run(
            directory,
            home,
            List.of("fish", "-c", "source " + fish + "; complete -C 'cairn verify --read'"));
    assertTrue(completed.startsWith("--read-data-subset\thow much"), completed);
    assertFalse(completed.contains("--keep-last"), completed);
  }
}
