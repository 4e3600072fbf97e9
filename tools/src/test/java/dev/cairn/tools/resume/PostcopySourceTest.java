package dev.cairn.tools.resume;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.chain.Progress;
import dev.cairn.store.RamBlock;
import dev.cairn.tools.memory.MemorySource;
import java.io.IOException;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The source of a postcopy against a destination that keeps QEMU's rules. */
@Timeout(300)
class PostcopySourceTest {
  private static final int BUFFER = 40_000;

  private static long seed() {
    String given = System.getProperty("tests.seed", "");
    long seed = given.isEmpty() ? System.nanoTime() : Long.parseLong(given);
    System.out.println("tests.seed=" + seed);
    return seed;
  }

  private static SyntheticMachine small() {
    return new SyntheticMachine(
        new RamBlock("pc.ram", 40L << 20),
        new RamBlock("pc.bios", 256 << 10),
        new RamBlock("/rom@etc/table-loader", 4096));
  }

  /** Huge pages of 2 MiB, pages of 64 KiB as on some ARM machines, and small ones. */
  private static SyntheticMachine huge() {
    return new SyntheticMachine(
        new RamBlock("mem", 32L << 20, 2 << 20),
        new RamBlock("pc.rom", 128 << 10),
        new RamBlock("wide", 4L << 20, 64 << 10));
  }

  private static PostcopySource source(SyntheticMachine machine, Tally tally, PostcopyState first) {
    return source(machine, machine, tally, first);
  }

  private static PostcopySource source(
      SyntheticMachine machine, MemorySource memory, Tally tally, PostcopyState first) {
    PostcopySource.Supplies supplies =
        new PostcopySource.Supplies(memory, tally, new Rate(0), Progress.NONE);
    return new PostcopySource(machine.machine(), supplies, first, () -> {});
  }

  private static Tally run(SyntheticMachine machine, ModelDestination destination)
      throws IOException, InterruptedException {
    return run(machine, machine, destination);
  }

  private static Tally run(
      SyntheticMachine machine, MemorySource memory, ModelDestination destination)
      throws IOException, InterruptedException {
    Tally tally = new Tally();
    MemoryConnection[] ends = MemoryConnection.pair(BUFFER);
    destination.serve(ends[1]);
    PostcopySource source = source(machine, memory, tally, PostcopyState.ADVISE);
    try {
      source.run(ends[0]);
      assertEquals(PostcopyState.DONE, source.state());
    } catch (IOException e) {
      throw new AssertionError("the model: " + destination.error(), e);
    }
    destination.awaitComplete();
    assertEquals("", destination.error());
    assertTrue(destination.isComplete());
    return tally;
  }

  @Test
  void eachPageGoesOnceWhileTheGuestAsksAtRandom() throws IOException, InterruptedException {
    SyntheticMachine machine = small();
    try (ModelDestination destination = new ModelDestination(machine.machine(), seed())) {
      Tally tally = run(machine, destination);
      long pages = machine.machine().layout().totalBytes() / Machine.PAGE;
      assertEquals(pages, tally.pagesSoFar());
      assertTrue(tally.requestsSoFar() > 0, "it asked");
      System.out.println(tally.json() + " touches=" + destination.touches());
    }
  }

  @Test
  void hugePagesGoWholeAndInOrder() throws IOException, InterruptedException {
    SyntheticMachine machine = huge();
    try (ModelDestination destination = new ModelDestination(machine.machine(), seed())) {
      System.out.println(run(machine, destination).json());
    }
  }

  @Test
  void pagesThatAreMissingMakeTheirOwnFaultsWaitAndNoOthers()
      throws IOException, InterruptedException {
    for (SyntheticMachine machine : new SyntheticMachine[] {small(), huge()}) {
      long seed = seed();
      try (ModelDestination destination = new ModelDestination(machine.machine(), seed);
          SlowMachine slow = new SlowMachine(machine, seed)) {
        Tally tally = run(machine, slow, destination);
        assertEquals(machine.machine().layout().totalBytes() / Machine.PAGE, tally.pagesSoFar());
        assertTrue(slow.urgent() > 0, "somebody waited");
        System.out.println(tally.json() + " asked for urgently: " + slow.urgent());
      }
    }
  }

  @Test
  void whereTheLinkIsCutAgainAndAgainAnotherSourceTakesOver()
      throws IOException, InterruptedException {
    long seed = seed();
    Random random = new Random(seed);
    for (int round = 0; round < 10; round++) {
      SyntheticMachine machine = round % 2 == 0 ? small() : huge();
      long pages = machine.machine().layout().totalBytes() / Machine.PAGE;
      try (ModelDestination destination = new ModelDestination(machine.machine(), seed + round)) {
        Tally tally = new Tally();
        PostcopyState state = PostcopyState.ADVISE;
        while (!destination.isComplete()) {
          MemoryConnection[] ends = MemoryConnection.pair(BUFFER);
          PostcopySource source = source(machine, tally, state);
          CompletableFuture<PostcopyState> end =
              CompletableFuture.supplyAsync(() -> outcome(source, ends[0]));
          destination.serve(ends[1]);
          destination.awaitRunning();
          long more = random.nextLong(pages / 2);
          destination.awaitPages(destination.count() + more);
          destination.cut();
          if (end.join() == PostcopyState.DONE) {
            break;
          }
          destination.awaitPaused();
          assertEquals("", destination.error());
          state = PostcopyState.RECOVERING;
        }
        assertEquals("", destination.error());
        assertTrue(destination.isComplete());
      }
    }
  }

  private static PostcopyState outcome(PostcopySource source, MemoryConnection connection) {
    try {
      source.run(connection);
      return source.state();
    } catch (LinkException e) {
      return e.state();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aLinkThatEndsBeforeTheGuestRunsIsNoLoss() {
    SyntheticMachine machine = small();
    MemoryConnection[] ends = MemoryConnection.pair(BUFFER);
    ends[1].shutdown();
    PostcopySource source = source(machine, new Tally(), PostcopyState.ADVISE);
    LinkException failure = assertThrows(LinkException.class, () -> source.run(ends[0]));
    assertFalse(failure.state().survivesLink());
  }
}
