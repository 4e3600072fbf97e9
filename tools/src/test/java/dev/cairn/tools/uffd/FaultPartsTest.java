package dev.cairn.tools.uffd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.store.Id;
import dev.cairn.tools.linux.UserFault;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The parts of a fault's way that need no kernel: queue, times, record. */
class FaultPartsTest {
  private static final byte[] MESSAGE =
      "[{\"base_host_virt_addr\":65536,\"size\":819200,\"offset\":0,\"page_size\":4096}]"
          .getBytes(StandardCharsets.UTF_8);

  @Test
  void aQueueHoldsEachUnitOnceAndRemembersThatSomeDidNotFit() {
    FaultQueue queue = new FaultQueue();
    for (int i = 0; i < FaultQueue.MOST; i++) {
      queue.add(i, 0);
      queue.add(i, 1);
    }
    assertEquals(FaultQueue.MOST, queue.size());
    queue.add(5, 2);
    assertFalse(queue.takeOverflow(), "that one waits already");
    queue.add(FaultQueue.MOST, 3);
    assertTrue(queue.takeOverflow());
    assertFalse(queue.takeOverflow(), "it is said once");
    assertEquals(0, queue.peek().unit());
    queue.putAside();
    queue.done();
    assertEquals(2, queue.peek().unit());
    queue.add(0, 4);
    assertEquals(FaultQueue.MOST - 2, queue.size(), "what was put aside is not asked for twice");
    queue.retry();
    assertEquals(FaultQueue.MOST - 1, queue.size());
  }

  @Test
  void timesAreBucketsOfPowersOfTwo() {
    FaultTimes times = new FaultTimes();
    for (long micros : new long[] {0, 1, 1, 15, 16, 31, 1000}) {
      times.add(micros * 1000);
    }
    assertEquals(Map.of("1", 1L, "2", 2L, "16", 1L, "32", 2L, "1024", 1L), times.buckets());
    assertEquals(16, times.below(0.5));
    assertEquals(1024, times.below(0.99));
    assertEquals(0, new FaultTimes().below(0.99));
    times.add(Long.MAX_VALUE);
    assertEquals(8, times.count());
  }

  @Test
  void theRecordKeepsWhatWasRemovedAndTheMessagesOfAServerThatDied() throws IOException {
    Mappings mappings = Mappings.parse(MESSAGE, 4096, 819200);
    Id point = new Id(7, 8);
    try (VmRecord record = VmRecord.create(point, mappings.units(), MESSAGE)) {
      assertEquals(3, record.remove(62, 65));
      assertEquals(1, record.remove(64, 66));
      assertEquals(0, record.remove(62, 66));
      assertFalse(record.isRemoved(61));
      assertTrue(record.isRemoved(62) && record.isRemoved(65));
      assertFalse(record.isRemoved(66));
      assertEquals(128, record.remove(66, 194));
      assertFalse(record.isRemoved(194));
      assertFalse(record.isReceived(64));
      record.received(64);
      assertTrue(record.isReceived(64));

      // A server has read a remove of units 196 and 197, and was killed at once.
      MemorySegment message = record.messages().asSlice(32, 32);
      message.set(ValueLayout.JAVA_BYTE, 0, UserFault.EVENT_REMOVE);
      message.set(ValueLayout.JAVA_LONG, UserFault.AT_START, 65536L + 196 * 4096);
      message.set(ValueLayout.JAVA_LONG, UserFault.AT_END, 65536L + 198 * 4096);
      VmTally tally = new VmTally();
      new VmMemory(mappings, record, tally).replay();
      assertFalse(record.isRemoved(195));
      assertTrue(record.isRemoved(196) && record.isRemoved(197));
      assertFalse(record.isRemoved(198));
      assertEquals(2L, tally.json().get("removedPages"));
    }
  }
}
