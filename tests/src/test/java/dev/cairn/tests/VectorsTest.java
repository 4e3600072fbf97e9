package dev.cairn.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cairn.tools.Cairn;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The main job on real input: images that a real QEMU wrote, through the command line. */
class VectorsTest {
  private final Path directory;
  private String store = "";

  VectorsTest(@TempDir Path directory) {
    this.directory = directory;
  }

  @BeforeEach
  void init() throws IOException, InterruptedException {
    store = directory.resolve("store").toString();
    cairn(0, "init");
    for (int n = 0; n < Vectors.COUNT; n++) {
      Path image = Vectors.unpack(n, directory);
      Vectors.check(n, image);
      cairn(0, "checkpoint", "vm", "--from", "mapped-ram:" + image, "--label", "t" + n);
    }
  }

  private void cairn(int exit, String... args) {
    String[] all =
        Stream.concat(Stream.of("--store", store, "-q"), Arrays.stream(args))
            .toArray(String[]::new);
    assertEquals(exit, Cairn.run(all), () -> "exit code of cairn " + List.of(args));
  }

  private void restoreAndCheck(String point, int n) throws IOException {
    Path restored = directory.resolve("restored.mr");
    Files.deleteIfExists(restored);
    cairn(0, "restore", point, "--to", "mapped-ram:" + restored);
    Vectors.check(n, restored);
  }

  @Test
  void everyRetainedPointIsExactAfterEveryStep() throws IOException {
    restoreAll(0, 1, 2, 3);
    cairn(0, "merge", "vm");
    restoreAll(0, 1, 2, 3);
    cairn(0, "compact", "vm");
    restoreAll(0, 1, 2, 3);
    cairn(0, "pin", "vm@1");
    cairn(0, "forget", "vm", "--keep-last", "1");
    restoreAll(1, 3);
    cairn(0, "compact", "vm");
    restoreAll(1, 3);
    cairn(0, "verify");
  }

  /** Restores what is retained; all else is refused. */
  private void restoreAll(Integer... retained) throws IOException {
    for (int n = 0; n < Vectors.COUNT; n++) {
      if (List.of(retained).contains(n)) {
        restoreAndCheck("vm@t" + n, n);
      } else {
        cairn(10, "restore", "vm@" + n, "--to", "mapped-ram:" + directory.resolve("none.mr"));
      }
    }
  }

  @Test
  void aForkInsideAMergedLayerDoesNotSeeTheSourcesFuture() throws IOException {
    cairn(0, "compact", "vm");
    cairn(0, "fork", "vm@1", "other");
    restoreAndCheck("other", 1);
    Path image = directory.resolve("bare64-3.mr");
    cairn(0, "checkpoint", "other", "--from", "mapped-ram:" + image);
    restoreAndCheck("other@1", 1);
    restoreAndCheck("other@2", 3);
    cairn(0, "compact", "other");
    restoreAndCheck("other@1", 1);
    restoreAndCheck("other@2", 3);
    restoreAndCheck("vm@2", 2);
    cairn(0, "verify");
  }

  @Test
  void aChainThatLostItsManifestIsNotTakenForAnEmptyOne() throws IOException {
    Path chain = Path.of(store, "chains", "vm");
    Path manifest = chain.resolve("MANIFEST");
    Path aside = directory.resolve("MANIFEST");
    Files.move(manifest, aside);
    String image = "mapped-ram:" + directory.resolve("bare64-0.mr");
    cairn(4, "checkpoint", "vm", "--from", image);
    Files.move(aside, manifest);
    cairn(0, "verify");
    restoreAndCheck("vm", 3);
  }

  @Test
  void badInputIsRefusedAndLosesNothing() throws IOException {
    Path image = directory.resolve("bare64-0.mr");
    Path broken = directory.resolve("broken.mr");
    Files.write(broken, Arrays.copyOf(Files.readAllBytes(image), 1 << 20));
    cairn(1, "checkpoint", "vm", "--from", "mapped-ram:" + broken);
    cairn(1, "checkpoint", "vm", "--from", "mapped-ram:" + directory);
    cairn(1, "checkpoint", "vm", "--from", "mapped-ram:" + directory.resolve("nothing"));
    cairn(2, "checkpoint", "../vm", "--from", "mapped-ram:" + image);
    cairn(2, "checkpoint", "a/b", "--from", "mapped-ram:" + image);
    cairn(2, "checkpoint", "vm", "--from", "qcow2:" + image);
    cairn(2, "forget", "vm");
    cairn(10, "show", "vm@9");
    cairn(10, "list", "nobody");
    cairn(1, "restore", "vm", "--to", "mapped-ram:" + directory);
    cairn(0, "verify");
    restoreAndCheck("vm", 3);
  }
}
