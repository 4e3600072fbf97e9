package dev.cairn.tools.command;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cairn.chain.Chain;
import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.Edit;
import dev.cairn.chain.Environment;
import dev.cairn.chain.Store;
import dev.cairn.chain.retention.RetentionPolicy;
import dev.cairn.chain.retention.RetentionRules;
import dev.cairn.store.io.FileSystemDirectory;
import dev.cairn.tools.Cairn;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code cairn forget} reports is what it did, also if the chain changes meanwhile. */
class ForgetPlanTest {
  private static final RetentionPolicy KEEP_TWO =
      new RetentionPolicy(RetentionRules.keepLast(2), ZoneOffset.UTC);

  private final Path directory;

  ForgetPlanTest(@TempDir Path directory) {
    this.directory = directory;
  }

  private void cairn(String... words) {
    String[] line = new String[words.length + 3];
    line[0] = "-q";
    line[1] = "--store";
    line[2] = directory.resolve("store").toString();
    System.arraycopy(words, 0, line, 3, words.length);
    assertEquals(0, Cairn.run(line));
  }

  private void checkpoint(int n) throws IOException {
    byte[] memory = new byte[8192];
    new Random(n).nextBytes(memory);
    Path image = Files.write(directory.resolve("image"), memory);
    cairn("checkpoint", "vm", "--from", "raw:" + image);
  }

  @BeforeEach
  void fourPoints() throws IOException {
    cairn("init");
    for (int n = 0; n < 4; n++) {
      checkpoint(n);
    }
  }

  private Store open() throws IOException {
    Environment environment =
        new Environment(Clock.systemUTC(), new Random(1), Duration.ofSeconds(1));
    return Store.open(FileSystemDirectory.open(directory.resolve("store")), environment);
  }

  private static ForgetPlan plan(Chain chain) throws IOException {
    try (ChainSnapshot snapshot = chain.snapshot()) {
      return ForgetPlan.of(KEEP_TWO.plan(snapshot.retentionPoints()), List.of());
    }
  }

  private static List<Long> points(Chain chain) throws IOException {
    try (ChainSnapshot snapshot = chain.snapshot()) {
      return List.copyOf(snapshot.points().keySet());
    }
  }

  @Test
  void aPointThatIsReportedAsKeptIsKept() throws IOException {
    try (Store store = open();
        Chain chain = store.open("vm")) {
      ForgetPlan plan = plan(chain);
      checkpoint(4);
      ForgetPlan done = plan.commit(chain);
      assertEquals(List.of(0L, 1L), done.forgotten());
      assertEquals(List.of(2L, 3L), List.copyOf(done.kept().keySet()));
      assertEquals(List.of(2L, 3L, 4L), points(chain));
    }
  }

  @Test
  void aPointThatIsPinnedMeanwhileIsReportedAsKept() throws IOException {
    try (Store store = open();
        Chain chain = store.open("vm")) {
      ForgetPlan plan = plan(chain);
      chain.commit(List.of(new Edit.Pin(1, true)), List.of());
      ForgetPlan done = plan.commit(chain);
      assertEquals(List.of(0L), done.forgotten());
      assertEquals("pinned", done.kept().get(1L));
      assertEquals(List.of(1L, 2L, 3L), points(chain));
    }
  }
}
