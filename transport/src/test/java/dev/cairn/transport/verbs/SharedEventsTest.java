package dev.cairn.transport.verbs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import com.ibm.disni.verbs.RdmaCmEvent;
import com.ibm.disni.verbs.RdmaCmId;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Who waits for events of one channel gets its own, whoever reads them. */
final class SharedEventsTest {
  private static final int CONNECT_REQUEST = 4;
  private static final int ESTABLISHED = 9;
  private static final int DISCONNECTED = 10;

  private FakeCm cm;
  private SharedEvents.Box listener;
  private RdmaCmId listening;
  private SharedEvents events;

  @BeforeEach
  void listen() throws Exception {
    cm = FakeCm.install();
    listener = new SharedEvents.Box();
    listening = SharedEvents.open(cm, listener, (short) 0);
    events = listener.from();
  }

  @AfterEach
  void restore() throws Exception {
    cm.uninstall();
  }

  private RdmaCmEvent next(SharedEvents.Box box) throws IOException {
    return Objects.requireNonNull(events.next(box, 0), "an event");
  }

  /** Looks, and finds nothing of its own. */
  private void requireNone(SharedEvents.Box box) throws IOException {
    assertNull(events.next(box, 0));
  }

  /** Somebody calls; the listener takes the event. */
  private RdmaCmId called() throws IOException {
    RdmaCmId caller = cm.newId();
    cm.comes(CONNECT_REQUEST, listening, caller);
    assertSame(caller, next(listener).getConnIdPriv());
    return caller;
  }

  @Test
  void whatIsReadForAnotherWaitsInItsBox() throws Exception {
    RdmaCmId caller = called();
    SharedEvents.Box box = new SharedEvents.Box();
    events.move(caller, box);
    cm.comes(ESTABLISHED, null, caller);
    cm.comes(CONNECT_REQUEST, listening, cm.newId());
    requireNone(listener); // it has read what is another's
    assertEquals(ESTABLISHED, next(box).getEvent());
    requireNone(box); // and so has this one
    assertEquals(CONNECT_REQUEST, next(listener).getEvent());
  }

  @Test
  void whatCameBeforeTheMoveGoesWithIt() throws Exception {
    RdmaCmId caller = called();
    RdmaCmId other = called();
    SharedEvents.Box box = new SharedEvents.Box();
    cm.comes(DISCONNECTED, null, caller);
    cm.comes(ESTABLISHED, null, other);
    SharedEvents.Box third = new SharedEvents.Box();
    events.move(cm.newId(), third);
    requireNone(third); // reads the one
    requireNone(third); // reads the other
    events.move(caller, box);
    assertEquals(DISCONNECTED, next(box).getEvent());
    assertSame(other, next(listener).getConnIdPriv());
  }

  @Test
  void whoCallsANobodyIsEnded() throws Exception {
    RdmaCmId early = cm.newId();
    RdmaCmId late = cm.newId();
    SharedEvents.Box box = new SharedEvents.Box();
    events.move(called(), box);
    cm.comes(CONNECT_REQUEST, listening, early);
    requireNone(box); // it waits in the listener's box
    events.forget(listening);
    assertEquals(1, events.close(listener));
    assertEquals(List.of(early), cm.destroyed());
    cm.comes(CONNECT_REQUEST, listening, late);
    requireNone(box);
    assertEquals(List.of(early, late), cm.destroyed());
  }

  @Test
  void theChannelEndsWithItsLastBox() throws Exception {
    RdmaCmId caller = called();
    SharedEvents.Box box = new SharedEvents.Box();
    events.move(caller, box);
    events.forget(listening);
    events.close(listener);
    assertEquals(1, cm.channels());
    cm.comes(DISCONNECTED, null, caller);
    assertEquals(DISCONNECTED, next(box).getEvent());
    events.forget(caller);
    cm.comes(DISCONNECTED, null, caller);
    requireNone(box); // nobody's any more
    assertEquals(0, events.close(box));
    assertEquals(0, cm.channels());
  }
}
