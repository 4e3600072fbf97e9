package dev.cairn.transport.link;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.transport.wire.ErrorCode;
import dev.cairn.transport.wire.Message;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What becomes of windows that nobody gives, or gives back. */
final class WindowTimesTest {
  private final FakeMemory.Device device = new FakeMemory.Device();
  private final List<Runnable> due = new ArrayList<>();
  private final List<Duration> times = new ArrayList<>();
  private final List<Answer> answers = new ArrayList<>();
  private final List<IOException> losses = new ArrayList<>();

  private void later(Runnable task, Duration time) {
    due.add(task);
    times.add(time);
  }

  private final class FakeFrames implements LinkWindows.Frames {
    @Override
    public void ask(Message.Window window, Answer answer) {
      answers.add(answer);
    }

    @Override
    public void send(Message.WindowDone done) {}

    @Override
    public void fetch(long file, long offset, MemorySegment into, Outcome outcome) {}

    @Override
    public void lose(IOException why) {
      losses.add(why);
    }

    @Override
    public void end(Message.Failure why) {}
  }

  @Test
  void aSourceThatDoesNotAnswerIsLost() throws Exception {
    WindowReader reader = new WindowReader(new FakeMemory(device), new FakeFrames(), this::later);
    reader.expect(7, 0, 1 << 20);
    reader.expect(7, 1 << 20, 1 << 20);
    answers.getFirst().head(new Message.WindowIs(1, 1 << 20, 1 << 20, 1));
    due.getFirst().run();
    assertTrue(losses.isEmpty());
    due.getLast().run();
    assertEquals(1, losses.size());
    assertEquals(List.of(Duration.ofSeconds(30), Duration.ofSeconds(30)), times);
  }

  @Test
  void aReceiverThatKeepsAWindowLosesItsLink() throws Exception {
    List<Message.Failure> ends = new ArrayList<>();
    WindowOffers offers = new WindowOffers(new FakeMemory(device), this::later, ends::add);
    try (Arena arena = Arena.ofShared()) {
      for (int i = 0; i < 2; i++) {
        offers.want();
        offers.give(arena.allocate(4096), () -> {});
      }
      offers.done(1);
      due.getFirst().run();
      assertTrue(ends.isEmpty());
      due.getLast().run();
      assertEquals(ErrorCode.TOO_MUCH, ends.getFirst().code());
      assertEquals(Duration.ofMinutes(5), times.getLast());
      offers.done(2);
      assertEquals(0, device.offers());
    }
  }
}
