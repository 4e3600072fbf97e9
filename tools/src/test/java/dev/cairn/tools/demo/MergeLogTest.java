package dev.cairn.tools.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cairn.store.BusyException;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What counts as a failure of the merger beside a capture. */
class MergeLogTest {
  @Test
  void thatSomebodyElseMergesIsNoFailure() {
    MergeLog log = new MergeLog();
    log.failed(new BusyException("MERGE.lock is held"));
    assertEquals(List.of(), log.failures());
    log.failed(new IOException("no space left"));
    assertEquals(List.of("merging in the background: no space left"), log.failures());
  }
}
