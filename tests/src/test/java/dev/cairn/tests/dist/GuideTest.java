package dev.cairn.tests.dist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.tests.PrivateMounts;
import dev.cairn.tests.qemu.Lab;
import dev.cairn.tools.Cairn;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The walk-throughs of GUIDE.md, run as they stand there. */
class GuideTest {
  private static final Path GUIDE = Path.of("../tools/GUIDE.md");
  private static final Path GUEST =
      Path.of("../tools/src/main/resources/dev/cairn/tools/demo/qemu/guest.bin");
  private static final Pattern BLOCK = Pattern.compile("(?ms)^```bash\n(.*?)^```$");
  private static final Pattern COUNT = Pattern.compile("COUNT ([0-9]+) bad ([0-9]+)");

  /** Whatever happens, the server that a block has started ends with the shell. */
  private static final String BEFORE =
      "set -eux\ntrap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n";

  private final Path directory;

  GuideTest(@TempDir Path directory) {
    this.directory = directory;
  }

  @Test
  void itsCommandsDoWhatItSays() throws IOException, InterruptedException {
    program("qemu-system-x86_64", Lab.qemu(Lab.QEMU_11).toString());
    program(
        "cairn",
        Path.of(System.getProperty("java.home"), "bin", "java")
            + " -XX:+UseSerialGC -XX:TieredStopAtLevel=1 --enable-native-access=ALL-UNNAMED -cp '"
            + System.getProperty("java.class.path")
            + "' "
            + Cairn.class.getName());
    Files.copy(GUEST, directory.resolve("guest.bin"));
    StringBuilder script = new StringBuilder(BEFORE);
    Matcher blocks = BLOCK.matcher(Files.readString(GUIDE));
    int count = 0;
    while (blocks.find()) {
      script.append(blocks.group(1));
      count++;
    }
    assertTrue(count >= 10, count + " blocks");
    Path file = Files.writeString(directory.resolve("guide.sh"), script);

    List<String> command = new ArrayList<>();
    if (PrivateMounts.isRoot()) {
      // Its ports are nobody else's.
      command.addAll(List.of("unshare", "--net", "sh", "-c", "ip link set lo up && exec \"$@\""));
      command.add("sh");
    }
    command.addAll(List.of("sh", "-c", "cd \"$1\" && exec bash \"$2\"", "sh"));
    command.addAll(List.of(directory.toString(), file.toString()));
    String path = directory + ":" + System.getenv("PATH");
    try {
      String said =
          Tool.run(directory, Map.of("PATH", path, "HOME", directory.toString()), command);
      assertTrue(said.contains("vm@3 is labelled before-upgrade\n"), said);
      assertTrue(said.contains("cairn: warning: no points until there is room: "), said);
      assertTrue(said.contains("\nvm@7 is here: "), said);
      assertTrue(said.contains("\nvm@10 is here: "), said);
      assertTrue(said.contains("\nlost       vm@10\n"), said);
      int back = said.lastIndexOf("\nvm@10 is here: 2 new files");
      assertTrue(back > said.indexOf("\nlost       vm@10\n"), said);
      assertTrue(said.lastIndexOf("\n1 chain verified: clean\n") > back, said);
    } finally {
      killGuests();
    }
    requireSoundCounts("restored.log");
    requireSoundCounts("resumed.log");
  }

  private void program(String name, String what) throws IOException {
    Path file = directory.resolve(name);
    Files.writeString(file, "#!/bin/sh\nexec " + what + " \"$@\"\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  /** A guest that came from a point goes on where it was, and finds its memory right. */
  private void requireSoundCounts(String log) throws IOException {
    List<Long> counts = new ArrayList<>();
    Matcher matcher = COUNT.matcher(Files.readString(directory.resolve(log)));
    while (matcher.find()) {
      assertEquals("0", matcher.group(2), log);
      counts.add(Long.parseLong(matcher.group(1)));
    }
    assertTrue(!counts.isEmpty() && counts.getFirst() > 1, log + ": " + counts);
    for (int i = 1; i < counts.size(); i++) {
      assertEquals(counts.get(i - 1) + 1, counts.get(i), log);
    }
  }

  /** They are daemons: nobody's children. */
  private void killGuests() throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*.pid")) {
      for (Path file : files) {
        ProcessHandle.of(Long.parseLong(Files.readString(file).strip()))
            .ifPresent(ProcessHandle::destroyForcibly);
      }
    }
  }
}
