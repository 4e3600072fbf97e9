package dev.cairn.transport.verbs;

import com.ibm.disni.util.MemoryUtils;
import com.ibm.disni.verbs.IbvCQ;
import com.ibm.disni.verbs.IbvCompChannel;
import com.ibm.disni.verbs.IbvMr;
import com.ibm.disni.verbs.IbvPd;
import com.ibm.disni.verbs.IbvQP;
import com.ibm.disni.verbs.IbvQPInitAttr;
import com.ibm.disni.verbs.RdmaCm;
import com.ibm.disni.verbs.RdmaCmEvent;
import com.ibm.disni.verbs.RdmaCmId;
import com.ibm.disni.verbs.RdmaConnParam;
import com.ibm.disni.verbs.RdmaEventChannel;
import com.ibm.disni.verbs.RdmaProvider;
import com.ibm.disni.verbs.RdmaVerbs;
import com.ibm.disni.verbs.impl.RdmaProviderNat;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * RDMA by libdisni, for those who ask for it. What it cannot do is done otherwise, or not: it drops
 * private data that come, and the status of events; has no ack timeout; its ids stay on their
 * channel ({@link SharedEvents}); waits for completions or events, not both; and knows IPv4 alone.
 * Thread-safe, but one thread at a time for each object.
 *
 * <p>Native because it is what the user asked for. Safe: objects are DiSNI's, which refuse to be
 * used once they are closed.
 */
final class DisniLibrary implements RdmaLibrary {
  private final RdmaCm cm;
  private final RdmaVerbs verbs;

  /** By the channel that their ids are on. */
  private final Map<RdmaEventChannel, SharedEvents> events = new ConcurrentHashMap<>();

  private DisniLibrary(RdmaProvider provider) throws IOException {
    cm = provider.openCm();
    verbs = provider.openVerbs();
  }

  static DisniLibrary open() throws VerbsException {
    try {
      DisniLibrary made = new DisniLibrary(new RdmaProviderNat());
      MemoryUtils.getAddress(ByteBuffer.allocateDirect(1)); // needs a package of the JDK's
      return made;
    } catch (UnsatisfiedLinkError | NoClassDefFoundError e) {
      throw VerbsException.noDisni(e);
    } catch (IllegalAccessError e) {
      throw VerbsException.noExports(e);
    } catch (IOException e) {
      throw VerbsException.ofDisni(e);
    }
  }

  /** A call of DiSNI's, which says what went wrong in words alone. */
  private interface Call<T> {
    T make() throws IOException;
  }

  private static <T> T told(Call<T> call) throws VerbsException {
    try {
      return call.make();
    } catch (IOException e) {
      throw VerbsException.ofDisni(e);
    }
  }

  /** A call that returns nothing. */
  private interface Step {
    void run() throws IOException;
  }

  private static void tell(Step step) throws VerbsException {
    try {
      step.run();
    } catch (IOException e) {
      throw VerbsException.ofDisni(e);
    }
  }

  /** A call that only fails if its object is closed. */
  private static int sound(Call<Integer> call) {
    try {
      return call.make();
    } catch (IOException e) {
      throw new IllegalStateException("an object of RDMA is closed already", e);
    }
  }

  private static SharedEvents.Box box(RdmaEventChannel channel) {
    return (SharedEvents.Box) channel;
  }

  private SharedEvents of(RdmaCmId id) {
    SharedEvents known = events.get(id.getCmChannel());
    if (known == null) {
      throw new IllegalStateException("an id of another library");
    }
    return known;
  }

  private static SocketAddress v4(SocketAddress address) throws IOException {
    if (!(address instanceof InetSocketAddress internet)
        || !(internet.getAddress() instanceof Inet4Address)) {
      throw VerbsException.onlyV4(address);
    }
    return address;
  }

  @Override
  public RdmaVerbs verbs() {
    return verbs;
  }

  @Override
  public IbvMr register(IbvPd pd, MemorySegment memory, int access) throws IOException {
    int length = Math.toIntExact(memory.byteSize());
    return told(() -> verbs.regMr(pd, memory.address(), length, access).execute().free().getMr());
  }

  @Override
  public void await(RdmaEventChannel connection, IbvCompChannel completions, IbvCQ cq, int most)
      throws IOException {
    if (verbs.getCqEvent(completions, cq, most)) {
      verbs.ackCqEvents(cq, 1);
    }
  }

  @Override
  public RdmaEventChannel createEventChannel() throws IOException {
    return new SharedEvents.Box();
  }

  @Override
  public RdmaCmId createId(RdmaEventChannel channel, short portSpace) throws IOException {
    RdmaCmId made = told(() -> SharedEvents.open(cm, box(channel), portSpace));
    events.put(made.getCmChannel(), box(channel).from());
    return made;
  }

  @Override
  public IbvQP createQP(RdmaCmId id, IbvPd pd, IbvQPInitAttr attributes) throws IOException {
    return told(() -> cm.createQP(id, pd, attributes));
  }

  @Override
  public void bindAddr(RdmaCmId id, SocketAddress address) throws IOException {
    v4(address);
    tell(() -> cm.bindAddr(id, address));
  }

  @Override
  public void listen(RdmaCmId id, int backlog) throws IOException {
    tell(() -> cm.listen(id, backlog));
  }

  @Override
  public void resolveAddr(
      RdmaCmId id, @Nullable SocketAddress from, SocketAddress to, int timeoutMillis)
      throws IOException {
    v4(to);
    tell(() -> cm.resolveAddr(id, from, to, timeoutMillis));
  }

  @Override
  public void resolveRoute(RdmaCmId id, int timeoutMillis) throws IOException {
    tell(() -> cm.resolveRoute(id, timeoutMillis));
  }

  @Override
  public @Nullable RdmaCmEvent getCmEvent(RdmaEventChannel channel, int timeoutMillis)
      throws IOException {
    return box(channel).from().next(box(channel), timeoutMillis);
  }

  @Override
  public void connect(RdmaCmId id, RdmaConnParam param) throws IOException {
    tell(() -> cm.connect(id, param));
  }

  @Override
  public void accept(RdmaCmId id, RdmaConnParam param) throws IOException {
    tell(() -> cm.accept(id, param));
  }

  @Override
  public int disconnect(RdmaCmId id) {
    return sound(() -> cm.disconnect(id));
  }

  @Override
  public int destroyEventChannel(RdmaEventChannel channel) {
    SharedEvents.Box box = box(channel);
    if (box.isUsed() && sound(() -> box.from().close(box)) == 0) {
      events.values().remove(box.from());
    }
    return 0;
  }

  @Override
  public int destroyCmId(RdmaCmId id) {
    of(id).forget(id);
    return sound(() -> cm.destroyCmId(id));
  }

  @Override
  public int destroyQP(RdmaCmId id) {
    return sound(() -> cm.destroyQP(id));
  }

  @Override
  public SocketAddress getSrcAddr(RdmaCmId id) throws IOException {
    return cm.getSrcAddr(id);
  }

  @Override
  public SocketAddress getDstAddr(RdmaCmId id) throws IOException {
    return cm.getDstAddr(id);
  }

  @Override
  public Optional<byte[]> privateData(RdmaCmEvent event) {
    return Optional.empty();
  }

  /** The kernel rejects who is destroyed before it is accepted. */
  @Override
  public void reject(RdmaCmId id) {}

  @Override
  public void migrate(RdmaCmId id, RdmaEventChannel to) {
    of(id).move(id, box(to));
  }

  @Override
  public void setAckTimeout(RdmaCmId id, int exponent) {}
}
