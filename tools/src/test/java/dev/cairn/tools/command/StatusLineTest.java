package dev.cairn.tools.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A line of progress covers itself, and nothing of it is left. */
class StatusLineTest {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);

  /** Returns what a terminal shows in the end. */
  private String shown() {
    StringBuilder screen = new StringBuilder();
    int at = 0;
    for (char c : bytes.toString(StandardCharsets.UTF_8).toCharArray()) {
      if (c == '\r') {
        at = 0;
      } else {
        screen.replace(at, Math.min(at + 1, screen.length()), String.valueOf(c));
        at++;
      }
    }
    return screen.toString().stripTrailing();
  }

  @Test
  void aShorterTextCoversALongerOne() {
    StatusLine line = new StatusLine(out, () -> true, 0);
    line.draw(() -> "a long text");
    assertEquals("a long text", shown());
    line.draw(() -> "short");
    assertEquals("short", shown());
    line.clear();
    assertEquals("", shown());
  }

  @Test
  void whatIsPrintedInItsPlaceIsOnALineOfItsOwn() {
    StatusLine line = new StatusLine(out, () -> true, 0);
    line.draw(() -> "a long text");
    line.over(() -> out.print("row"));
    assertEquals("row", shown());
  }

  @Test
  void aWorkThatTellsNothingIsDrawnUntilItsEnd() throws InterruptedException {
    CountDownLatch drawn = new CountDownLatch(1);
    StatusLine line =
        new StatusLine(
            out,
            () -> {
              drawn.countDown();
              return true;
            },
            0);
    try (Elapsed _ = new Elapsed("forget vm", line)) {
      assertTrue(drawn.await(1, TimeUnit.MINUTES));
    }
    String all = bytes.toString(StandardCharsets.UTF_8);
    assertTrue(all.matches("(?s)\rforget vm, [1-9][0-9]* s .*"), all);
    assertEquals("", shown());
  }

  @Test
  void theTimeThatIsLeftIsAsTheTimeSoFar() {
    assertEquals("reindex 10 of 40 chains, 6 s left ", CatalogConsole.text("reindex", 10, 40, 2.0));
  }

  @Test
  void whoDoesNotLookSeesNothing() {
    StatusLine line = new StatusLine(out, () -> false, 0);
    line.draw(() -> fail("made"));
    line.clear();
    assertEquals(0, bytes.size());
  }

  @Test
  void shortWorkDoesNotAskWhetherSomebodyLooks() {
    StatusLine line = new StatusLine(out, () -> fail("asked"), TimeUnit.DAYS.toNanos(1));
    line.draw(() -> "text");
    line.clear();
    assertTrue(bytes.size() == 0, shown());
  }
}
