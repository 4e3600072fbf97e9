package dev.cairn.tests.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cairn.chain.Chain;
import dev.cairn.chain.Edit;
import dev.cairn.chain.Environment;
import dev.cairn.chain.Store;
import dev.cairn.store.io.FileSystemDirectory;
import dev.cairn.store.io.StoreLock;
import dev.cairn.tests.Child;
import dev.cairn.tests.Cli;
import dev.cairn.tests.NumberedMemory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is under way is told, by {@code status} and by who meets it, and can be given up. */
@Timeout(240)
class StatusTest {
  private static final long OWN = ProcessHandle.current().pid();

  private final Path directory;
  private final Path there;
  private final Path here;
  private final Cli source;
  private final Cli target;

  StatusTest(@TempDir Path directory) {
    this.directory = directory;
    there = directory.resolve("there");
    here = directory.resolve("here");
    source = new Cli(there);
    target = new Cli(here);
  }

  @BeforeEach
  void makeStores() throws IOException {
    source.run(0, "init");
    target.run(0, "init");
    checkpoint(0);
    checkpoint(1);
  }

  private void checkpoint(int number) throws IOException {
    Path image = directory.resolve("image");
    Files.write(image, new NumberedMemory(64).at(number));
    source.run(0, "checkpoint", "vm", "--from", "raw:" + image);
  }

  private static Store open(Path store) throws IOException {
    return Store.open(
        FileSystemDirectory.open(store),
        new Environment(Clock.systemUTC(), new SecureRandom(), Duration.ofSeconds(5)));
  }

  private static JsonNode await(Cli cli, Predicate<JsonNode> wanted) throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (true) {
      JsonNode status = cli.json(0, "status");
      if (wanted.test(status)) {
        return status;
      }
      assertTrue(System.nanoTime() < end, status::toString);
      TimeUnit.MILLISECONDS.sleep(20);
    }
  }

  /** Begins a pull that does not come to its end. */
  private Child slowPull(String from, String... more) throws IOException {
    String[] words = {
      "--store", here.toString(), "pull", "vm@1", "--from", from, "--limit-rate", "1K"
    };
    return Child.cairn(
        directory, Stream.concat(Stream.of(words), Stream.of(more)).toArray(String[]::new));
  }

  private static boolean isComing(JsonNode status) {
    return status.path("coming").path(0).path("bytes").asLong() > 0;
  }

  @Test
  void anIdleStoreSaysHowOldItsPointsAreAndNothingElse() {
    JsonNode status = source.json(0, "status");
    for (String none : List.of("servers", "captures", "coming", "doors", "merges", "holds")) {
      assertEquals(0, status.path(none).size(), none);
    }
    assertEquals("vm", status.path("chains").path(0).path("chain").asText());
    assertTrue(status.path("chains").path(0).path("newestAgeSeconds").asDouble() < 3600);
    assertTrue(source.run(0, "status").out().contains("newest      vm "));
  }

  @Test
  void aServerItsHoldsAndWhatComesAreToldAndGivenUp() throws Exception {
    try (ServeProcess serve = ServeProcess.start(directory, there, "tcp")) {
      try (Child pull = slowPull(serve.endpoint())) {
        JsonNode status = await(target, StatusTest::isComing);
        JsonNode coming = status.path("coming").path(0);
        assertEquals("vm", coming.path("chain").asText());
        assertEquals(1, coming.path("checkpoint").asLong());
        assertEquals(pull.pid(), coming.path("process").asLong());
        assertEquals(serve.endpoint(), coming.path("sources").path(0).asText());
        assertTrue(coming.path("bytesHere").asLong() < coming.path("bytes").asLong());

        JsonNode of = source.json(0, "status");
        assertEquals(serve.pid(), of.path("servers").path(0).path("process").asLong());
        assertEquals("serve -", of.path("holds").path(0).path("owner").asText());
        assertEquals(1, of.path("holds").path(0).path("checkpoint").asLong());

        assertTrue(
            target
                .run(11, "pull", "vm@1", "--from", serve.endpoint())
                .errors()
                .contains("cairn status"));
        assertTrue(source.run(11, "serve").errors().contains("cairn status"));
      }
      JsonNode left = target.json(0, "status").path("coming").path(0);
      assertTrue(left.path("process").isNull(), left::toString);
      assertTrue(target.run(0, "status").out().contains("the same cairn pull or send goes on"));

      assertEquals(1, target.json(3, "show", "vm").path("coming").path("checkpoint").asLong());
      assertEquals(1, target.json(3, "show", "vm@1").path("coming").path("checkpoint").asLong());
      JsonNode verified = target.json(3, "verify", "vm");
      assertTrue(verified.path("clean").asBoolean());
      assertEquals(1, verified.path("coming").path(0).path("coming").path("checkpoint").asLong());
      target.run(0, "verify");

      Cli.Said said = target.run(0, "pull", "vm", "--abandon");
      assertFalse(said.errors().contains("warning"), said::toString);
      assertEquals(0, source.json(0, "show", "vm@1").path("holds").size());
      target.run(10, "show", "vm");
    }
  }

  @Test
  void aHoldThatCannotBeLetGoIsToldAndNoFailure() throws Exception {
    try (ServeProcess serve = ServeProcess.start(directory, there, "tcp")) {
      try (Child _ = slowPull(serve.endpoint())) {
        await(target, StatusTest::isComing);
      }
    }
    Cli.Said said = target.run(0, "pull", "vm", "--abandon");
    assertTrue(said.errors().contains("cairn forget vm --expire-hold"), said::toString);
    assertEquals(1, source.json(0, "show", "vm@1").path("holds").size());
  }

  @Test
  void whatIsThereAndComesForwardIsShownWithBoth() throws Exception {
    try (ServeProcess serve = ServeProcess.start(directory, there, "tcp")) {
      target.run(0, "pull", "vm@0", "--from", serve.endpoint());
      try (Child _ = slowPull(serve.endpoint())) {
        await(target, StatusTest::isComing);
      }
      JsonNode shown = target.json(0, "show", "vm@0");
      assertEquals(0, shown.path("checkpoint").asLong());
      assertEquals(1, shown.path("coming").path("checkpoint").asLong());
      target.json(3, "show", "vm@1");
      target.run(10, "show", "vm@7");
      assertEquals(1, target.json(0, "verify", "vm").path("coming").size());
    }
  }

  @Test
  void aMergerADoorAndAResumeAreTold() throws Exception {
    try (Store store = open(there);
        Chain chain = store.open("vm");
        StoreLock _ = chain.directory().lock("MERGE.lock", Duration.ZERO)) {
      chain.commit(
          List.of(
              new Edit.TakeHold(
                  "uffd-serve-" + OWN + "-0123abcd", 0, "cairn uffd-serve /x/fc.sock"),
              new Edit.TakeHold("resume-4194305-0123abcd", 1, "cairn resume")),
          List.of());
      JsonNode status = source.json(0, "status");
      assertEquals(OWN, status.path("merges").path(0).path("process").asLong());
      assertEquals(OWN, status.path("doors").path(0).path("process").asLong());
      assertTrue(status.path("doors").path(0).path("alive").asBoolean());
      assertFalse(status.path("resumes").path(0).path("alive").asBoolean());
      assertEquals(0, status.path("holds").size());
      assertTrue(source.run(0, "status").out().contains("at /x/fc.sock; by process " + OWN));
    }
    assertEquals(0, source.json(0, "status").path("merges").size());
  }

  @Test
  void aCaptureThatIsGoneIsToldWithWhatFreesItsGuest() throws Exception {
    Path run = Files.createDirectory(there.resolve("run"));
    Files.writeString(
        run.resolve("capture-vm.json"),
        """
        {"version": 1, "chain": "vm", "mode": "stream", "phase": "attached", "qmp": "/x/qmp",
         "qemuPid": 4194303, "qemuStart": 1, "descriptorName": "cairn", "maxPauseMillis": 1000,
         "capabilities": {}, "parameters": {}, "overlays": []}
        """);
    JsonNode capture = source.json(0, "status").path("captures").path(0);
    assertEquals("stream", capture.path("mode").asText());
    assertFalse(capture.path("qemuAlive").asBoolean());
    assertTrue(capture.path("process").isNull());
    assertTrue(capture.path("newestAgeSeconds").asDouble() < 3600);
    assertTrue(source.run(0, "status").out().contains("cairn capture vm --rescue"));

    Files.writeString(run.resolve("capture-vm.json"), "{}");
    assertEquals("vm", source.json(1, "status").path("failedChains").path(0).asText());
  }

  /** What a look at it would change, it does not. */
  @Test
  void nothingIsChangedAndNoLockIsWaitedFor() throws Exception {
    try (Store store = open(there);
        Chain chain = store.open("vm");
        StoreLock _ = chain.directory().lock("LOCK", Duration.ZERO)) {
      List<String> before = names();
      source.run(0, "status");
      assertEquals(before, names());
    }
  }

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.walk(there)) {
      return files.map(Path::toString).sorted().toList();
    }
  }
}
