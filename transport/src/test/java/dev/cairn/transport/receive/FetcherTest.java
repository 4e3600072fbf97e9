package dev.cairn.transport.receive;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.chain.Chain;
import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.ChainState;
import dev.cairn.chain.Checkpointer;
import dev.cairn.chain.Environment;
import dev.cairn.chain.Incoming;
import dev.cairn.chain.IncomingFile;
import dev.cairn.chain.PageImage;
import dev.cairn.chain.Progress;
import dev.cairn.chain.Store;
import dev.cairn.chain.manifest.IncomingState;
import dev.cairn.store.DeviceState;
import dev.cairn.store.RamBlock;
import dev.cairn.store.RamLayout;
import dev.cairn.store.io.FileSystemDirectory;
import dev.cairn.store.io.FileSystemOptions;
import dev.cairn.store.io.StoreInput;
import dev.cairn.transport.receive.FakeDataLink.Asked;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Which link fetches which blocks, links with stretches and others; the wire is a double. */
@Timeout(60)
final class FetcherTest {
  private static final int MIB = 1 << 20;
  private static final int BLOCKS = 48;
  private static final Environment ENVIRONMENT =
      new Environment(Clock.systemUTC(), new SecureRandom(), Duration.ofSeconds(5));

  @TempDir Path directory = Path.of("unset");
  private final List<AutoCloseable> open = new ArrayList<>();

  /** A machine whose pages all differ. */
  private record Image() implements PageImage {
    @Override
    public RamLayout layout() {
      return new RamLayout(4096, List.of(new RamBlock("ram", (long) BLOCKS * MIB)));
    }

    @Override
    public DeviceState deviceState() {
      return DeviceState.NONE;
    }

    @Override
    public void presentRuns(int block, long from, long to, RunVisitor visitor) throws IOException {
      visitor.run(from, to - from);
    }

    @Override
    public void read(int block, long page, MemorySegment into) {
      for (long at = 0; at < into.byteSize(); at += 8) {
        into.set(ValueLayout.JAVA_LONG_UNALIGNED, at, page * 4096 + at + 1);
      }
    }

    @Override
    public void close() {}
  }

  private <T extends AutoCloseable> T keep(T made) {
    open.addFirst(made);
    return made;
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable each : open) {
      each.close();
    }
  }

  private IncomingFile file;
  private StoreInput input;
  private FetchPlan plan;

  @BeforeEach
  void comeUpToTheBlocks() throws IOException {
    Store from = store("from");
    Chain chain = keep(from.create("vm", 4096));
    new Checkpointer(chain).checkpoint(new Image(), Checkpointer.Options.DEFAULT, Progress.NONE);
    IncomingState.Coming coming;
    try (ChainSnapshot snapshot = chain.snapshot()) {
      coming = IncomingState.Coming.of(ChainState.upTo(snapshot, 0, false));
    }
    Chain here = keep(store("here").create("vm", chain.manifest().identity().chain(), 4096));
    Incoming incoming = keep(Incoming.open(here));
    incoming.ask(false, List.of(new IncomingState.Source("t-1", "tcp:there:7100")));
    incoming.accept(coming, here.manifest().tip());
    file = incoming.files().getFirst();
    input = keep(chain.directory().open(file.entry().name().text()));
    while (!file.hasMetadata()) {
      for (IncomingFile.Range range : file.missingMetadata()) {
        MemorySegment bytes = MemorySegment.ofArray(new byte[range.length()]);
        input.read(range.offset(), bytes);
        file.putMetadata(range, bytes);
      }
    }
    plan = new FetchPlan(incoming.files());
  }

  private Store store(String name) throws IOException {
    return keep(
        Store.create(
            FileSystemDirectory.create(directory.resolve(name), FileSystemOptions.standard()),
            ENVIRONMENT));
  }

  private Fetcher fetcher(int links) {
    return keep(new Fetcher(piece -> endWhenAllIsHere(), links, Pace.FREE));
  }

  private void endWhenAllIsHere() {
    if (file.nextMissing(0) < 0) {
      plan.end();
    }
  }

  private FakeDataLink link(int stretch) {
    return new FakeDataLink(input, stretch * MIB);
  }

  private Thread run(Fetcher fetcher, FakeDataLink link) {
    Thread thread =
        Thread.ofVirtual()
            .unstarted(
                () -> {
                  try {
                    fetcher.run(plan, link, Fetcher.Reach.everything());
                  } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                  }
                });
    thread.start();
    return thread;
  }

  private static long blocks(FakeDataLink link) {
    return link.asked().size();
  }

  private static void assertOnce(FakeDataLink... links) {
    Set<Long> offsets = new HashSet<>();
    for (FakeDataLink link : links) {
      for (Asked asked : link.asked()) {
        assertTrue(offsets.add(asked.offset()), "twice: " + asked);
      }
    }
  }

  @Test
  void aLinkIsToldOfEachStretchBeforeItsBlocksAreFetched() throws Exception {
    FakeDataLink link = link(7); // of the 49 blocks of the file
    plan.startBlocks();
    run(fetcher(1), link).join();
    assertEquals(-1, file.nextMissing(0));
    assertOnce(link);
    long all = 0;
    for (Asked told : link.told()) {
      assertTrue(told.length() <= 7 * MIB, told.toString());
      all += told.length();
    }
    assertEquals(link.asked().stream().mapToLong(Asked::length).sum(), all);
    for (Asked asked : link.asked()) {
      assertTrue(link.wasTold(asked), asked.toString());
    }
    assertTrue(link.isLent());
  }

  @Test
  void linksWithStretchesShareNoBlockAndAnIdleOneTakesHalfOfWhatIsLeft() throws Exception {
    FakeDataLink slow = link(64);
    FakeDataLink quick = link(64);
    slow.hold(2); // it has all of the file, and gets no further
    plan.startBlocks();
    Fetcher fetcher = fetcher(2);
    Thread one = run(fetcher, slow);
    slow.awaitHeld();
    Thread other = run(fetcher, quick);
    quick.awaitBlocks(BLOCKS / 2);
    slow.release();
    one.join();
    other.join();
    assertEquals(-1, file.nextMissing(0));
    assertOnce(slow, quick);
  }

  @Test
  void whatALostLinkHasNotAskedForIsFetchedByAnother() throws Exception {
    FakeDataLink dying = link(64);
    dying.loseAfter(5);
    plan.startBlocks();
    Fetcher fetcher = fetcher(2);
    run(fetcher, dying).join();
    FakeDataLink other = link(0);
    run(fetcher, other).join();
    assertEquals(-1, file.nextMissing(0));
    assertEquals(0, other.told().size());
    assertTrue(blocks(other) >= BLOCKS - 5, blocks(other) + " blocks");
  }

  @Test
  void aBlockThatIsWantedFirstIsFetchedByWhoeverIsFree() throws Exception {
    FakeDataLink slow = link(64);
    slow.hold(2);
    plan.startBlocks();
    Fetcher fetcher = fetcher(2);
    Thread one = run(fetcher, slow);
    slow.awaitBlocks(2 + 4); // more are not outstanding on a link
    plan.first(file, 40, 1, true);
    FakeDataLink quick = link(64);
    Thread other = run(fetcher, quick);
    quick.awaitBlocks(1);
    assertEquals(file.range(40).offset(), quick.asked().getFirst().offset());
    slow.release();
    one.join();
    other.join();
    assertOnce(slow, quick);
  }

  @Test
  void whatThePointNeedsComesFirstAndNoBlockTwiceBehindIt() throws Exception {
    FakeDataLink slow = link(64);
    slow.hold(2);
    BitSet needed = new BitSet();
    needed.set(8, 32);
    plan.startBlocks(Map.of(file, needed));
    Fetcher fetcher = fetcher(2);
    Thread one = run(fetcher, slow);
    slow.awaitBlocks(2 + 4);
    assertEquals(file.range(8).offset(), slow.asked().getFirst().offset());
    FakeDataLink quick = link(64);
    Thread other = run(fetcher, quick);
    quick.awaitBlocks(BLOCKS / 2);
    slow.release();
    one.join();
    other.join();
    assertEquals(-1, file.nextMissing(0));
    assertOnce(slow, quick);
  }

  @Test
  void whoIsInterruptedWhileNothingIsToBeFetchedComesBack() throws Exception {
    FakeDataLink link = link(16);
    plan.startFirst(); // and nothing is wanted first
    Fetcher fetcher = fetcher(1);
    Thread waiting = run(fetcher, link);
    waiting.interrupt();
    waiting.join();
    plan.startBlocks();
    run(fetcher, link).join(); // its memory is whole
    assertEquals(-1, file.nextMissing(0));
  }

  @Test
  void aReceiverWithARateWantsNoStretches() throws Exception {
    FakeDataLink link = link(16);
    plan.startBlocks();
    run(keep(new Fetcher(piece -> endWhenAllIsHere(), 1, bytes -> {})), link).join();
    assertEquals(-1, file.nextMissing(0));
    assertEquals(0, link.told().size());
  }
}
