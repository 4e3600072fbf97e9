package dev.cairn.tools.resume;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.cairn.tools.resume.PostcopyState.Event;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The state table of QEMU.md, Resume: each event in each state. */
class PostcopyStateTest {
  private record Step(PostcopyState from, Event event) {}

  private static final Map<Step, PostcopyState> TABLE =
      Map.ofEntries(
          entry(PostcopyState.ADVISE, Event.PACKAGE_SENT, PostcopyState.LISTEN),
          entry(PostcopyState.LISTEN, Event.RUN_ACKNOWLEDGED, PostcopyState.RUNNING),
          entry(PostcopyState.RUNNING, Event.ALL_SENT, PostcopyState.END),
          entry(PostcopyState.END, Event.SHUT, PostcopyState.DONE),
          entry(PostcopyState.RUNNING, Event.LINK_LOST, PostcopyState.PAUSED),
          entry(PostcopyState.END, Event.LINK_LOST, PostcopyState.PAUSED),
          entry(PostcopyState.PAUSED, Event.LINK_LOST, PostcopyState.PAUSED),
          entry(PostcopyState.RECOVERING, Event.LINK_LOST, PostcopyState.PAUSED),
          entry(PostcopyState.PAUSED, Event.RECONNECTED, PostcopyState.RECOVERING),
          entry(PostcopyState.RECOVERING, Event.RESUME_ACKNOWLEDGED, PostcopyState.RUNNING));

  private static Map.Entry<Step, PostcopyState> entry(
      PostcopyState from, Event event, PostcopyState to) {
    return Map.entry(new Step(from, event), to);
  }

  @Test
  void eachEventInEachStateIsAsTheTableSays() {
    for (PostcopyState from : PostcopyState.values()) {
      for (Event event : Event.values()) {
        PostcopyState to = TABLE.get(new Step(from, event));
        if (to == null) {
          assertThrows(IllegalStateException.class, () -> from.after(event), from + " " + event);
        } else {
          assertEquals(to, from.after(event));
        }
      }
    }
  }
}
