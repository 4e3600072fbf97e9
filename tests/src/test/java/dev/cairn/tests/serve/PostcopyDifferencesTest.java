package dev.cairn.tests.serve;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.chain.Chain;
import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.Finding;
import dev.cairn.chain.Verifier;
import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.merge.Merger;
import dev.cairn.merge.Policies;
import dev.cairn.store.file.Address;
import dev.cairn.store.file.BlockSums;
import dev.cairn.store.file.FrameCodec;
import dev.cairn.store.file.OpenFile;
import dev.cairn.store.file.Region;
import dev.cairn.tests.WholeImage;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A chain of differences that comes bit by bit: a page whose base is not here yet cannot be read,
 * even if the difference is.
 */
class PostcopyDifferencesTest {
  private static final int PAGE = WholeImage.PAGE_SIZE;
  private static final int PAGES = 400;
  private static final int LAST = 8;

  /** Bytes of a page that each checkpoint changes: a difference takes a third of a page. */
  private static final int CHANGED = 1000;

  private final Path directory;

  PostcopyDifferencesTest(@TempDir Path directory) {
    this.directory = directory;
  }

  /** Half of each page is noise; later ones have other noise in a part of it. */
  private static byte[] memory(int checkpoint) {
    byte[] memory = new byte[PAGES * PAGE];
    for (int page = 0; page < PAGES; page++) {
      byte[] noise = new byte[PAGE * 3 / 4];
      new Random(page).nextBytes(noise);
      if (checkpoint > 1) {
        byte[] changed = new byte[CHANGED];
        new Random(1000L * checkpoint + page).nextBytes(changed);
        System.arraycopy(changed, 0, noise, 100 * checkpoint, CHANGED);
      }
      noise[0] = (byte) (checkpoint + 1);
      System.arraycopy(noise, 0, memory, page * PAGE, noise.length);
    }
    return memory;
  }

  private static void makeChain(TestServer server) throws IOException {
    try (Chain chain = server.store().create("vm", PAGE)) {
      for (int i = 0; i <= LAST + 1; i++) { // the file of the tip is never packed
        TestServer.checkpoint(chain, new WholeImage(memory(i)));
      }
      Policies policies = Policies.DEFAULT.with(Optional.of(FrameCodec.ZSTD_DIFFERENCE));
      new Merger(chain, policies).compact();
    }
  }

  /** Counts the pages of the point that need bytes of two blocks. */
  private static int acrossBlocks(TestServer server) throws IOException {
    int count = 0;
    try (Chain chain = server.store().open("vm");
        ChainSnapshot snapshot = chain.snapshot()) {
      FileEntry entry = snapshot.manifest().layers().getFirst();
      OpenFile layer = snapshot.file(entry);
      Region region = layer.region(0);
      for (int page = 0; page < PAGES; page++) {
        int version = region.find(page, LAST);
        long address = version == Region.ABSENT ? Address.ZERO : region.address(version);
        if (Address.kind(address) == Address.DIFFERENCE) {
          long needed = Address.neededFrom(address, PAGE) / BlockSums.BLOCK;
          count += needed < Address.offset(address) / BlockSums.BLOCK ? 1 : 0;
        }
      }
    }
    return count;
  }

  private static void readAll(PointClient client, byte[] expected)
      throws IOException, InterruptedException {
    for (int page = 0; page < PAGES; page++) {
      byte[] right = Arrays.copyOfRange(expected, page * PAGE, (page + 1) * PAGE);
      assertArrayEquals(right, client.page(page), "page " + page);
    }
  }

  @Test
  void pagesAreRightWhateverBlocksAreHere() throws Exception {
    byte[] expected = memory(LAST);
    try (TestServer there =
            new TestServer(Files.createDirectory(directory.resolve("there")), TestClock.running());
        TestServer here =
            new TestServer(Files.createDirectory(directory.resolve("here")), TestClock.running())) {
      makeChain(there);
      assertTrue(acrossBlocks(there) > 5, acrossBlocks(there) + " pages need two blocks");
      try (PostcopyPull pull =
          PostcopyPull.start(
              here.store(), directory.resolve("vm.sock"), LAST, List.of(there.tcp().toString()))) {
        pull.awaitReady();
        try (PointClient client = pull.client()) {
          readAll(client, expected);
          for (int block = 0; block < 8; block++) {
            pull.letBlocksCome(1);
            readAll(client, expected);
          }
          pull.letBlocksCome();
          readAll(client, expected);
        }
        assertEquals(LAST, pull.await().point());
      }
      try (Chain chain = here.store().open("vm");
          ChainSnapshot snapshot = chain.snapshot()) {
        MemorySegment found = Arena.ofAuto().allocate(expected.length, 64);
        snapshot.view(LAST).read(0, 0, found);
        assertEquals(-1, found.mismatch(MemorySegment.ofArray(expected)));
        List<Finding> findings = new ArrayList<>();
        new Verifier(chain, findings::add, 1, new Random(1)).run();
        assertEquals(List.of(), findings);
      }
    }
  }
}
