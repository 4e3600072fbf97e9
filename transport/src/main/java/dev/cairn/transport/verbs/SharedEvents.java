package dev.cairn.transport.verbs;

import com.ibm.disni.verbs.RdmaCm;
import com.ibm.disni.verbs.RdmaCmEvent;
import com.ibm.disni.verbs.RdmaCmId;
import com.ibm.disni.verbs.RdmaEventChannel;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * One event channel of a library that cannot move an id to another: those who wait for events have
 * a box each, and whoever comes first reads the channel for all. Thread-safe.
 */
final class SharedEvents {
  /** {@code RDMA_CM_EVENT_CONNECT_REQUEST}. */
  private static final int CONNECT_REQUEST = 4;

  private final RdmaCm cm;
  private final RdmaEventChannel channel;

  /** Of who reads the channel. */
  private final ReentrantLock reading = new ReentrantLock();

  private final Map<RdmaCmId, Box> owners = new ConcurrentHashMap<>();
  private int boxes;

  private SharedEvents(RdmaCm cm, RdmaEventChannel channel) {
    this.cm = cm;
    this.channel = channel;
  }

  /** Makes a channel, and an id whose events come to a box. */
  static RdmaCmId open(RdmaCm cm, Box box, short portSpace) throws IOException {
    RdmaEventChannel channel = cm.createEventChannel();
    boolean done = false;
    try {
      RdmaCmId made = cm.createId(channel, portSpace);
      new SharedEvents(cm, channel).move(made, box);
      done = true;
      return made;
    } finally {
      if (!done) {
        cm.destroyEventChannel(channel);
      }
    }
  }

  /** Where the events of some ids come; stands for a channel. */
  static final class Box extends RdmaEventChannel {
    private final BlockingQueue<RdmaCmEvent> events = new LinkedBlockingQueue<>();

    /** None before an id is made in it, or moved into it. */
    private volatile @Nullable SharedEvents from;

    Box() throws IOException {
      super(0); // no descriptor that anybody could wait for
    }

    SharedEvents from() {
      SharedEvents known = from;
      if (known == null) {
        throw new IllegalStateException("a channel without an id");
      }
      return known;
    }

    boolean isUsed() {
      return from != null;
    }
  }

  /** Has the events of an id come to a box, those that wait in another too. */
  synchronized void move(RdmaCmId id, Box to) {
    if (!to.isUsed()) {
      to.from = this;
      boxes++;
    }
    Box before = owners.put(id, to);
    if (before != null && before != to) {
      for (RdmaCmEvent event : before.events) {
        if (event.getConnIdPriv() == id && before.events.remove(event)) {
          to.events.add(event);
        }
      }
    }
  }

  /** Nothing comes for it any more; before it is destroyed. */
  synchronized void forget(RdmaCmId id) {
    owners.remove(id);
  }

  @Nullable RdmaCmEvent next(Box box, int timeoutMillis) throws IOException {
    RdmaCmEvent waiting = box.events.poll();
    if (waiting != null) {
      return waiting;
    }
    if (!reading.tryLock()) {
      return await(box, timeoutMillis);
    }
    try {
      RdmaCmEvent event = cm.getCmEvent(channel, timeoutMillis);
      if (event != null) {
        deliver(event);
      }
    } finally {
      reading.unlock();
    }
    return box.events.poll();
  }

  private static @Nullable RdmaCmEvent await(Box box, int timeoutMillis) {
    try {
      return box.events.poll(timeoutMillis, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return null;
    }
  }

  private synchronized void deliver(RdmaCmEvent event) throws IOException {
    RdmaCmId of = event.getConnIdPriv();
    RdmaCmId listening = event.getListenIdPriv();
    boolean calls = listening != null && event.getEvent() == CONNECT_REQUEST;
    RdmaCmId asked = calls ? listening : of;
    Box box = asked == null ? null : owners.get(asked);
    if (box != null) {
      owners.putIfAbsent(of, box);
      box.events.add(event);
    } else if (calls) {
      cm.destroyCmId(of); // nobody listens any more
    }
  }

  /** Ends a box, and with the last one the channel; returns how many are left. */
  synchronized int close(Box box) throws IOException {
    for (RdmaCmEvent event : box.events) {
      if (event.getEvent() == CONNECT_REQUEST) {
        owners.remove(event.getConnIdPriv());
        cm.destroyCmId(event.getConnIdPriv()); // it called, and nobody has taken it
      }
    }
    boxes--;
    if (boxes == 0) {
      cm.destroyEventChannel(channel);
    }
    return boxes;
  }
}
