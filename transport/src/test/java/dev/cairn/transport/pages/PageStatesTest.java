package dev.cairn.transport.pages;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cairn.store.RamBlock;
import dev.cairn.store.RamLayout;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class PageStatesTest {
  private static final RamLayout LAYOUT =
      new RamLayout(4096, List.of(new RamBlock("a", 4096), new RamBlock("b", 300L * 4096)));

  @Test
  void whatIsRequestedOrReceivedIsNotRequestedAgain() {
    PageStates states = new PageStates(LAYOUT);
    assertEquals(0b1011, states.request(1, 128, 0b1011));
    assertEquals(0b0100, states.request(1, 128, 0b1111));
    assertEquals(0, states.received(1, 128));
    assertEquals(0b10010, states.receive(1, 128, 0b10010));
    assertEquals(0b10000 ^ 0b00010, states.received(1, 128));
    assertEquals(0, states.receive(1, 128, 0b10010));
    assertEquals(0, states.request(1, 128, 0b11111));
    assertEquals(0, states.received(1, 64) | states.received(1, 192) | states.received(0, 0));
  }

  @Test
  void eachPageIsOfOneAskerHoweverManyTry() throws InterruptedException {
    PageStates states = new PageStates(LAYOUT);
    AtomicLong got = new AtomicLong();
    Thread[] threads = new Thread[4];
    for (int i = 0; i < threads.length; i++) {
      Random random = new Random(i);
      threads[i] =
          new Thread(
              () -> {
                for (int n = 0; n < 2000; n++) {
                  long bits = random.nextLong();
                  got.addAndGet(Long.bitCount(states.request(1, 64, bits)));
                }
              });
      threads[i].start();
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertEquals(64, got.get());
    assertEquals(-1L, states.receive(1, 64, -1L));
    assertEquals(-1L, states.received(1, 64));
  }
}
