package dev.cairn.transport.rdma;

import com.ibm.disni.verbs.RdmaCm;
import com.ibm.disni.verbs.RdmaCmEvent;
import com.ibm.disni.verbs.RdmaCmId;
import com.ibm.disni.verbs.RdmaEventChannel;
import dev.cairn.transport.verbs.RdmaLibrary;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;

/** Listens at one address. Thread-safe; a thread of its own takes who calls. */
public final class RdmaAcceptor implements Closeable {
  private static final int BACKLOG = 128;
  private static final int LOOK_MILLIS = 100;

  /** Whom to tell. Must not wait. */
  public interface Callers {
    /**
     * Somebody has asked to connect; whoever reads or writes waits until it is done.
     *
     * @param from its address
     */
    void called(RdmaStream stream, InetSocketAddress from);

    /** Somebody was not let in, or nobody can be for a while. */
    void refused(IOException why);
  }

  private final RdmaLibrary cm;
  private final RdmaEventChannel channel;
  private final RdmaCmId id;
  private final InetSocketAddress address;
  private final String name;
  private volatile boolean closed;

  private RdmaAcceptor(RdmaLibrary cm, String name, InetSocketAddress at) throws IOException {
    this.cm = cm;
    this.name = name;
    channel = cm.createEventChannel();
    boolean done = false;
    try {
      id = cm.createId(channel, RdmaCm.RDMA_PS_TCP);
      try {
        cm.bindAddr(id, at);
        cm.listen(id, BACKLOG);
        address = (InetSocketAddress) cm.getSrcAddr(id);
        done = true;
      } finally {
        if (!done) {
          cm.destroyCmId(id);
        }
      }
    } finally {
      if (!done) {
        cm.destroyEventChannel(channel);
      }
    }
  }

  /**
   * Listens.
   *
   * @param name for errors
   * @throws dev.cairn.transport.verbs.VerbsException if there is no RDMA, or somebody listens there
   */
  public static RdmaAcceptor listen(
      RdmaLibrary library, String name, InetSocketAddress at, Callers callers) throws IOException {
    RdmaAcceptor made = new RdmaAcceptor(library, name, at);
    Thread.ofPlatform().daemon().name("cairn-rdma-listen").start(() -> made.run(callers));
    return made;
  }

  /** Connects; who reads or writes the stream waits until it is there. */
  public static RdmaStream connect(RdmaLibrary library, String name, InetSocketAddress to) {
    return RdmaConnection.connect(library, name, to);
  }

  /** Returns where: with the port that it got. */
  public InetSocketAddress address() {
    return address;
  }

  private void run(Callers callers) {
    while (!closed) {
      try {
        RdmaCmEvent event = cm.getCmEvent(channel, LOOK_MILLIS);
        if (event != null && event.getEvent() == CmEvents.CONNECT_REQUEST) {
          called(event, callers);
        }
      } catch (IOException e) {
        callers.refused(e);
        rest();
      }
    }
    cm.destroyCmId(id);
    cm.destroyEventChannel(channel);
  }

  private void called(RdmaCmEvent event, Callers callers) throws IOException {
    RdmaCmId caller = event.getConnIdPriv();
    if (!cm.privateData(event).map(RdmaFormat::isGreeting).orElse(true)) {
      cm.reject(caller);
      cm.destroyCmId(caller);
      throw new IOException(name + ": expected a cairn of this version to call, found another");
    }
    InetSocketAddress from = (InetSocketAddress) cm.getDstAddr(caller);
    callers.called(RdmaConnection.accept(cm, name, caller), from);
  }

  private static void rest() {
    try {
      Thread.sleep(LOOK_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Lets nobody in any more; its connections go on. Does not wait. */
  @Override
  public void close() {
    closed = true;
  }
}
