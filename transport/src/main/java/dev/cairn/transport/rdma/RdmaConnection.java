package dev.cairn.transport.rdma;

import com.ibm.disni.verbs.RdmaCm;
import com.ibm.disni.verbs.RdmaCmEvent;
import com.ibm.disni.verbs.RdmaCmId;
import com.ibm.disni.verbs.RdmaEventChannel;
import dev.cairn.transport.verbs.RdmaLibrary;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One connection, and the thread that drives it from its first event to the last resource. All
 * waits of the kernel are here, and all have an end: a platform thread, as a native call holds its
 * carrier.
 */
final class RdmaConnection {
  /** How often it looks whether it is to end: completions and events wake it at once. */
  private static final int LOOK_MILLIS = 100;

  private static final int LINGER_LOOKS = 10;
  private static final int RESOLVE_MILLIS = 2_000;

  /** Never 7: rxe takes that for ever, and a node that is gone is never known. */
  private static final int RETRIES = 5;

  /** 4.096 µs times two to the power of it: 67 ms. */
  private static final int ACK_TIMEOUT = 14;

  /** {@code IBV_WC_WR_FLUSH_ERR}: of a connection that has ended already. */
  private static final int FLUSHED = 5;

  /** So often it looks for completions alone before it looks for the end, too. */
  private static final int POLLED_AT_ONCE = 64;

  private final RdmaLibrary cm;
  private final AdaptivePolling polling = new AdaptivePolling();

  /** Whether the last look at the completions found one. */
  private boolean completed;

  private final RdmaMemory memory = new RdmaMemory();
  private final RdmaStream stream = new RdmaStream(memory);
  private final String name;
  private @Nullable RdmaEventChannel channel;
  private @Nullable RdmaCmId id;

  /** Of a server: who has asked to connect. */
  private final @Nullable RdmaCmId caller;

  private final @Nullable InetSocketAddress target;

  private RdmaConnection(
      RdmaLibrary library,
      String name,
      @Nullable RdmaCmId caller,
      @Nullable InetSocketAddress target) {
    cm = library;
    this.name = name;
    this.caller = caller;
    this.target = target;
  }

  /** Connects; who reads or writes the stream waits until it is there. */
  static RdmaStream connect(RdmaLibrary library, String name, InetSocketAddress target) {
    return new RdmaConnection(library, name, null, target).start();
  }

  /** Accepts who has asked. */
  static RdmaStream accept(RdmaLibrary library, String name, RdmaCmId caller) {
    return new RdmaConnection(library, name, caller, null).start();
  }

  private RdmaStream start() {
    Thread.ofPlatform().daemon().name("cairn-rdma").start(this::run);
    return stream;
  }

  private void run() {
    try {
      if (caller != null) {
        open(caller);
      } else if (target != null) {
        open(target);
      }
      while (!stream.isClosed() && !stream.hasFailed()) {
        step();
      }
      linger();
    } catch (IOException | RuntimeException e) {
      stream.fail(e instanceof IOException known ? known : new IOException(name + ": defect", e));
    } finally {
      stream.awaitClosed();
      release();
    }
  }

  private void open(InetSocketAddress to) throws IOException {
    RdmaEventChannel events = cm.createEventChannel();
    channel = events;
    RdmaCmId own = cm.createId(events, RdmaCm.RDMA_PS_TCP);
    id = own;
    cm.resolveAddr(own, null, to, RESOLVE_MILLIS);
    await(events, CmEvents.ADDR_RESOLVED);
    cm.resolveRoute(own, RESOLVE_MILLIS);
    await(events, CmEvents.ROUTE_RESOLVED);
    cm.setAckTimeout(own, ACK_TIMEOUT);
    RdmaQueue queue = RdmaQueue.open(cm, own);
    boolean done = false;
    try (Arena arena = Arena.ofConfined()) {
      cm.connect(own, RdmaLibrary.param(arena, RdmaFormat.greeting(), RETRIES));
      RdmaCmEvent established = await(events, CmEvents.ESTABLISHED);
      if (!cm.privateData(established).map(RdmaFormat::isAnswer).orElse(true)) {
        throw new IOException(name + ": who answers there is no cairn of this version");
      }
      opened(queue, own);
      done = true;
    } finally {
      if (!done) {
        queue.close();
      }
    }
  }

  private void open(RdmaCmId from) throws IOException {
    id = from;
    RdmaEventChannel events = cm.createEventChannel();
    channel = events;
    cm.migrate(from, events);
    cm.setAckTimeout(from, ACK_TIMEOUT);
    RdmaQueue queue = RdmaQueue.open(cm, from);
    boolean done = false;
    try (Arena arena = Arena.ofConfined()) {
      cm.accept(from, RdmaLibrary.param(arena, RdmaFormat.greeting(), RETRIES));
      await(events, CmEvents.ESTABLISHED);
      opened(queue, from);
      done = true;
    } finally {
      if (!done) {
        queue.close();
      }
    }
  }

  private void opened(RdmaQueue queue, RdmaCmId of) {
    memory.opened(queue);
    stream.opened(queue, () -> cm.disconnect(of));
  }

  /** Waits for an event; any other is a failure. */
  private RdmaCmEvent await(RdmaEventChannel events, int wanted) throws IOException {
    while (true) {
      if (stream.isClosed()) {
        throw new ClosedChannelException();
      }
      RdmaCmEvent event = cm.getCmEvent(events, LOOK_MILLIS);
      if (event != null && event.getEvent() == wanted) {
        return event;
      }
      if (event != null) {
        throw new ConnectException(
            "%s: expected %s, found %s (status %d)"
                .formatted(
                    name,
                    CmEvents.shown(wanted),
                    CmEvents.shown(event.getEvent()),
                    event.getStatus()));
      }
    }
  }

  private void step() throws IOException {
    RdmaEventChannel events = channel;
    RdmaQueue queue = stream.queue();
    if (events == null || queue == null) {
      throw new IllegalStateException("not open");
    }
    for (int i = 0; i < POLLED_AT_ONCE && poll(queue); i++) {
      // More comes soon: no event is waited for, and none has to be asked for.
    }
    long began = System.nanoTime();
    queue.await(events, LOOK_MILLIS);
    long slept = System.nanoTime() - began;
    polling.slept(slept, slept < TimeUnit.MILLISECONDS.toNanos(LOOK_MILLIS));
    RdmaCmEvent event = cm.getCmEvent(events, 0);
    queue.rearm();
    IOException failed = complete(queue);
    if (event != null && event.getEvent() == CmEvents.DISCONNECTED) {
      stream.disconnected();
    } else if (event != null && event.getEvent() != CmEvents.TIMEWAIT_EXIT) {
      throw new IOException(name + ": the device says " + CmEvents.shown(event.getEvent()));
    } else if (failed != null) {
      throw failed;
    } else if (memory.isStuck()) {
      throw new IOException(name + ": a READ does not end");
    }
  }

  /** Polls for as long as it is worth it; tells whether something came. */
  private boolean poll(RdmaQueue queue) throws IOException {
    long budget = polling.budget();
    for (long began = System.nanoTime(); System.nanoTime() - began < budget; ) {
      IOException failed = complete(queue);
      if (failed != null) {
        throw failed;
      }
      if (completed) {
        return true;
      }
      Thread.onSpinWait();
    }
    return false;
  }

  /** Takes all completions; returns what the first one that failed says. */
  private @Nullable IOException complete(RdmaQueue queue) throws IOException {
    IOException failed = null;
    completed = false;
    for (int count = queue.poll(); count > 0; count = queue.poll()) {
      completed = true;
      for (int i = 0; i < count; i++) {
        int status = queue.status(i);
        if (status != 0) {
          failed = failed == null ? failure(queue.kind(i), status) : failed;
          continue;
        }
        switch (queue.kind(i)) {
          case RdmaQueue.RECEIVED -> stream.received(queue.index(i), queue.length(i));
          case RdmaQueue.SENT -> stream.sent(queue.index(i));
          case RdmaQueue.READ -> stream.landed(queue.index(i));
          default -> memory.done(queue.index(i));
        }
      }
    }
    return failed;
  }

  private IOException failure(int kind, int status) {
    String what =
        switch (kind) {
          case RdmaQueue.RECEIVED -> "a buffer";
          case RdmaQueue.SENT -> "a SEND";
          default -> "a READ";
        };
    return new IOException(
        "%s: %s failed: status %d%s".formatted(name, what, status, meaning(status)));
  }

  private static String meaning(int status) {
    return switch (status) {
      case FLUSHED -> ", the connection has ended";
      case 10 -> ", the peer does not let that memory be read";
      case 12 -> ", the peer does not answer any more";
      case 13 -> ", the peer has no buffer posted";
      default -> "";
    };
  }

  /** What was written before the end may still go out: a last word must not be cut off. */
  private void linger() throws IOException {
    for (int i = 0; i < LINGER_LOOKS && stream.hasUnsent() && !stream.hasFailed(); i++) {
      step();
    }
    stream.disconnect();
  }

  private void release() {
    RdmaQueue queue = stream.released();
    memory.released();
    if (queue != null) {
      queue.close();
    }
    memory.gone(new IOException(name + ": the connection has ended"));
    if (id != null) {
      cm.destroyCmId(id);
    }
    if (channel != null) {
      cm.destroyEventChannel(channel);
    }
  }
}
