package dev.cairn.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cairn.store.io.Missing;
import dev.cairn.tools.Cairn;
import dev.cairn.tools.linux.AnonymousMemory;
import dev.cairn.tools.linux.DirtyPages;
import dev.cairn.tools.linux.LinuxException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The demo, made short: what it claims is so, and it fails where it must. */
@Timeout(120)
class DemoTest {
  /** Exit code and the JSON that was printed. */
  private record Ran(int exitCode, JsonNode figures) {}

  private final String store;

  DemoTest(@TempDir Path directory) {
    store = directory.resolve("store").toString();
  }

  @Test
  void whatTheKernelSaysIsDirtyRestoresAPastPointPageByPage() throws IOException {
    assumeKernelTellsDirtyPages();
    Ran ran = demo("--tracker", "kernel", "--fill", "on-demand");
    assertEquals(0, ran.exitCode);
    assertTrue(ran.figures.get("tracker").asText().contains("PAGEMAP_SCAN"));
    assertEquals(3, ran.figures.get("comparedPoints").asInt());
    assertTrue(ran.figures.get("checkpoints").asInt() >= 4, "checkpoints");
    assertTrue(ran.figures.get("dirtyPages").asInt() > 0, "dirty pages");
    assertTrue(ran.figures.get("backgroundMerges").asInt() > 0, "merges");
    assertTrue(ran.figures.get("onDemand").asBoolean());
    // Each page of 16 MiB at least once.
    assertTrue(ran.figures.get("faults").asInt() >= 4096, "faults");
    assertEquals(0, Cairn.run("--store", store, "-q", "verify"));
    assertEquals(0, Cairn.run("--store", store, "-q", "show", "demo@early"));
  }

  @Test
  void comparingAndPrefillingDoWithoutTheKernel() throws IOException {
    Ran ran = demo("--tracker", "compare", "--fill", "prefill");
    assertEquals(0, ran.exitCode);
    assertTrue(ran.figures.get("tracker").asText().startsWith("comparison"));
    assertEquals(3, ran.figures.get("comparedPoints").asInt());
    assertEquals(0, ran.figures.get("faults").asInt());
  }

  @Test
  void aBitFlippedOnTheWayIntoAFilledGuestFails() throws IOException {
    assertFlippedBitFails(demo("--tracker", "compare", "--fill", "prefill", "--flip-a-bit"));
  }

  @Test
  void aBitFlippedOnTheWayIntoATouchedPageFails() throws IOException {
    assumeKernelTellsDirtyPages();
    assertFlippedBitFails(demo("--fill", "on-demand", "--flip-a-bit"));
  }

  @Test
  void anotherDemoTakesAnotherChainOfTheStore() throws IOException {
    assertEquals(0, demo("--fill", "auto").exitCode);
    Ran ran = demo("--fill", "auto");
    assertEquals(0, ran.exitCode);
    assertEquals("demo-2", ran.figures.get("chain").asText());
  }

  @Test
  void badOptionsAreUsageErrors() {
    assertEquals(2, Cairn.run("demo", "--guest", "process", "--memory", "lots"));
    assertEquals(2, Cairn.run("demo", "--guest", "process", "--memory", "1K"));
    assertEquals(2, Cairn.run("demo", "--guest", "process", "--memory", "9999999G"));
    assertEquals(2, Cairn.run("demo", "--guest", "process", "--seconds", "0"));
    assertEquals(2, Cairn.run("demo", "--guest", "process", "--fill", "half"));
    assertEquals(2, Cairn.run("demo", "--guest", "process", "--tracker", "guess"));
    assertEquals(2, Cairn.run("demo", "--guest", "none"));
    assertEquals(2, Cairn.run("demo", "--qemu", "/bin/true", "--memory", "32M"));
  }

  private static void assertFlippedBitFails(Ran ran) {
    assertEquals(1, ran.exitCode);
    String failures = ran.figures.get("failures").toString();
    assertTrue(failures.contains("check of slot"), failures);
    assertTrue(failures.contains("1 regions of 4 MiB differ"), failures);
  }

  private Ran demo(String... options) throws IOException {
    List<String> line =
        new ArrayList<>(
            List.of(
                "--store",
                store,
                "--json",
                "demo",
                "--guest",
                "process",
                "--seconds",
                "3",
                "--memory",
                "16M"));
    line.addAll(List.of(options));
    PrintStream before = System.out;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
    try {
      int exitCode = Cairn.run(line.toArray(String[]::new));
      return new Ran(exitCode, new ObjectMapper().readTree(printed.toByteArray()));
    } finally {
      System.setOut(before);
    }
  }

  private static void assumeKernelTellsDirtyPages() {
    try (Arena arena = Arena.ofShared();
        DirtyPages _ = DirtyPages.watch(AnonymousMemory.map(1 << 20, arena))) {
      assertTrue(arena.scope().isAlive());
    } catch (LinuxException e) {
      Missing.part("a kernel that tells dirty pages: " + e.getMessage());
    }
  }
}
