package dev.cairn.tools.linux;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How many bytes wait in a Unix socket whose peer does not read. */
class UnsentLimitTest {
  /** What the kernel adds: it looks before a piece is taken, and counts its own. */
  private static final int SLACK = 40 << 10;

  @ParameterizedTest
  @ValueSource(ints = {16 << 10, 64 << 10, 256 << 10})
  void noMoreThanTheLimitIsTaken(int limit) throws IOException, InterruptedException {
    long waiting = waiting(0, limit);
    assertTrue(waiting <= limit + SLACK, waiting + " bytes");
  }

  @Test
  void aLimitCanBeRaised() throws IOException, InterruptedException {
    long enough = 128 << 10;
    assertTrue(waiting(enough, 16 << 10, 256 << 10) > enough);
  }

  /**
   * Sets limits one after the other, and has a thread write until the socket takes no more.
   *
   * @param enough so many are waited for
   */
  private static long waiting(long enough, int... limits) throws IOException, InterruptedException {
    List<UnixSocket> pair = UnixSocket.pair("pair");
    try (Arena arena = Arena.ofShared();
        UnixSocket writer = pair.get(0);
        UnixSocket peer = pair.get(1)) {
      MemorySegment bytes = arena.allocate(4 << 20);
      for (int limit : limits) {
        writer.limitUnsent(limit);
      }
      Thread thread =
          Thread.ofPlatform()
              .start(
                  () -> {
                    try {
                      writer.write(bytes);
                    } catch (IOException _) {
                      // It is shut down when enough has been seen.
                    }
                  });
      long before = -1;
      long now = 0;
      long end = System.nanoTime() + 60_000_000_000L;
      while (now == 0 || now != before || (now <= enough && System.nanoTime() < end)) {
        before = now;
        thread.join(100); // it is still when nothing has changed for so long
        now = writer.unsentBytes();
      }
      peer.shutdown();
      writer.shutdown();
      thread.join();
      return now;
    }
  }
}
