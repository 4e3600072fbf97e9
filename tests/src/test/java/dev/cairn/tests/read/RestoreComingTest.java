package dev.cairn.tests.read;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.tests.Cli;
import dev.cairn.tests.VectorStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A point that is still coming is restored as it will be when it is here. */
@Timeout(300)
class RestoreComingTest {
  private final Path directory;
  private final VectorStore whole;
  private final ComingStore coming;
  private final Cli cli;

  RestoreComingTest(@TempDir Path directory) throws IOException, InterruptedException {
    this.directory = directory;
    whole = new VectorStore(directory);
    coming = new ComingStore(whole.path());
    cli = coming.cli();
  }

  @BeforeEach
  void theComingPointIsTheNewest() throws IOException {
    assertEquals(3, coming.point());
  }

  @AfterEach
  void close() throws IOException {
    coming.close();
  }

  private void requireSame(String format, String which) throws IOException {
    Path expected = directory.resolve("expected");
    Path found = directory.resolve("found");
    Files.deleteIfExists(expected);
    Files.deleteIfExists(found);
    whole.cli().run(0, "restore", "vm@3", "--to", format + ":" + expected);
    Cli.Said said = cli.run(0, "restore", which, "--to", format + ":" + found);
    assertTrue(said.out().contains("reading vm@3 from the pull that is under way"), said.out());
    assertEquals(-1, Files.mismatch(expected, found), format);
  }

  @Test
  void everyFormatIsThatOfTheWholeChain() throws IOException {
    coming.owner().live();
    for (String format : List.of("mapped-ram", "raw", "sparse")) {
      requireSame(format, "vm@3");
    }
    requireSame("raw", "vm");
    requireSame("raw", "vm@latest");
    requireSame("raw", "vm@label");
  }

  @Test
  void whatIsLateWrongOrCutIsWaitedFor()
      throws IOException, InterruptedException, ExecutionException, TimeoutException {
    FakeOwner owner = coming.owner();
    owner.keepAll();
    owner.lie(20);
    owner.refuse(3);
    owner.live();
    CompletableFuture<Boolean> done = restoring("mapped-ram");
    int cuts = 0;
    for (int page = 0; page < 16_384 && !done.isDone(); page += 2048) {
      FakeOwner.Asked asked = owner.asked().poll(60, TimeUnit.SECONDS);
      assertTrue(asked != null && !asked.urgent(), "nobody has faulted: " + asked);
      owner.arrive(0, page, page + 2048);
      if (page % 4096 == 0) {
        owner.cut();
        cuts++;
      }
    }
    assertEquals(4, cuts);
    owner.die();
    owner.live();
    owner.arriveAll();
    assertTrue(done.get(120, TimeUnit.SECONDS));
  }

  /** Restores by a thread of its own, and compares. */
  private CompletableFuture<Boolean> restoring(String format) {
    CompletableFuture<Boolean> done = new CompletableFuture<>();
    Thread.ofPlatform()
        .start(
            () -> {
              try {
                requireSame(format, "vm@3");
                done.complete(true);
              } catch (IOException | AssertionError e) {
                done.completeExceptionally(e);
              }
            });
    return done;
  }

  @Test
  void aPullThatIsDoneMeanwhileIsReadHere()
      throws IOException, InterruptedException, ExecutionException, TimeoutException {
    FakeOwner owner = coming.owner();
    owner.keepAll();
    owner.live();
    CompletableFuture<Boolean> done = restoring("raw");
    owner.arrive(0, 0, 4096);
    while (!done.isDone() && owner.asked().poll(60, TimeUnit.SECONDS).page() < 4096) {
      // It reads what is there.
    }
    coming.commit();
    owner.die();
    assertTrue(done.get(120, TimeUnit.SECONDS));
  }

  @Test
  void withoutAnOwnerTheNextCommandIsSaid() throws IOException {
    for (String which : List.of("vm", "vm@3", "vm@somelabel")) {
      Cli.Said said = cli.run(3, "restore", which, "--to", "raw:" + directory.resolve("x"));
      assertTrue(
          said.errors().contains("cairn pull vm@3 --from unix:/nowhere --postcopy"), said.errors());
    }
    cli.run(10, "restore", "vm@2", "--to", "raw:" + directory.resolve("x"));
    coming.owner().live();
    cli.run(10, "restore", "vm@2", "--to", "raw:" + directory.resolve("x"));
    cli.run(10, "restore", "vm@other", "--to", "raw:" + directory.resolve("x"));
    coming.commit();
    Cli.Said said = cli.run(0, "restore", "vm@2", "--to", "raw:" + directory.resolve("x"));
    assertTrue(!said.out().contains("under way"), said.out());
  }
}
