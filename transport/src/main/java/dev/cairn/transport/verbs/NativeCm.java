package dev.cairn.transport.verbs;

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
import dev.cairn.transport.verbs.NativeCalls.Function;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Connections of RDMA by librdmacm. Thread-safe, but one thread at a time for each object. */
public final class NativeCm extends RdmaCm implements RdmaLibrary {
  /** {@code RDMA_OPTION_ID}, and its {@code RDMA_OPTION_ID_ACK_TIMEOUT}. */
  private static final int OPTION_OF_ID = 0;

  private static final int ACK_TIMEOUT = 3;
  private final NativeCalls calls;
  private final NativeVerbs verbs;

  NativeCm(NativeCalls calls, NativeVerbs verbs) {
    this.calls = calls;
    this.verbs = verbs;
  }

  @Override
  public NativeVerbs verbs() {
    return verbs;
  }

  @Override
  public IbvMr register(IbvPd pd, MemorySegment memory, int access) throws IOException {
    int length = Math.toIntExact(memory.byteSize());
    return verbs.regMr(pd, memory.address(), length, access).execute().free().getMr();
  }

  @Override
  public void await(RdmaEventChannel connection, IbvCompChannel completions, IbvCQ cq, int most) {
    calls.awaitReadable(most, connection.getFd(), completions.getFd());
  }

  private static NativeObjects.Id id(RdmaCmId id) {
    return (NativeObjects.Id) id;
  }

  private static NativeObjects.Channel channel(RdmaEventChannel channel) {
    return (NativeObjects.Channel) channel;
  }

  @Override
  public RdmaEventChannel createEventChannel() throws IOException {
    NativeObjects.Channel made =
        new NativeObjects.Channel(calls.pointer(Function.RDMA_CREATE_EVENT_CHANNEL));
    calls.setNonBlocking(made.getFd());
    return made;
  }

  @Override
  public RdmaCmId createId(RdmaEventChannel channel, short portSpace) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment made = arena.allocate(ValueLayout.JAVA_LONG);
      long of = channel(channel).pointer.get();
      calls.must(Function.RDMA_CREATE_ID, of, made.address(), 0, portSpace);
      return new NativeObjects.Id(channel(channel), made.get(ValueLayout.JAVA_LONG, 0));
    }
  }

  @Override
  public IbvQP createQP(RdmaCmId id, IbvPd pd, IbvQPInitAttr attributes) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment all = arena.allocate(VerbsStructs.QP_INIT_BYTES, 8);
      long send = ((NativeObjects.Cq) attributes.getSend_cq()).pointer.get();
      long receive = ((NativeObjects.Cq) attributes.getRecv_cq()).pointer.get();
      all.set(ValueLayout.JAVA_LONG, VerbsStructs.QP_INIT_SEND_CQ, send);
      all.set(ValueLayout.JAVA_LONG, VerbsStructs.QP_INIT_RECV_CQ, receive);
      var cap = attributes.cap();
      all.set(ValueLayout.JAVA_INT, VerbsStructs.QP_INIT_MAX_SEND_WR, cap.getMax_send_wr());
      all.set(ValueLayout.JAVA_INT, VerbsStructs.QP_INIT_MAX_RECV_WR, cap.getMax_recv_wr());
      all.set(ValueLayout.JAVA_INT, VerbsStructs.QP_INIT_MAX_SEND_SGE, cap.getMax_send_sge());
      all.set(ValueLayout.JAVA_INT, VerbsStructs.QP_INIT_MAX_RECV_SGE, cap.getMax_recv_sge());
      all.set(ValueLayout.JAVA_INT, VerbsStructs.QP_INIT_MAX_INLINE, cap.getMax_inline_data());
      all.set(ValueLayout.JAVA_INT, VerbsStructs.QP_INIT_TYPE, attributes.getQp_type());
      all.set(ValueLayout.JAVA_INT, VerbsStructs.QP_INIT_SIG_ALL, attributes.getSq_sig_all());
      long of = id(id).pointer.get();
      long domain = ((NativeObjects.Pd) pd).pointer.get();
      calls.must(Function.RDMA_CREATE_QP, of, domain, all.address());
      NativeObjects.Context context = (NativeObjects.Context) pd.getContext();
      NativeObjects.Qp made =
          new NativeObjects.Qp(context, pd, NativeCalls.getLong(of + VerbsStructs.ID_QP));
      id(id).bind(made);
      return made;
    }
  }

  @Override
  public void bindAddr(RdmaCmId id, SocketAddress address) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment native_ = NativeAddresses.of(arena, (InetSocketAddress) address);
      calls.must(Function.RDMA_BIND_ADDR, id(id).pointer.get(), native_.address());
    }
  }

  @Override
  public void listen(RdmaCmId id, int backlog) throws IOException {
    calls.must(Function.RDMA_LISTEN, id(id).pointer.get(), backlog);
  }

  @Override
  public void resolveAddr(
      RdmaCmId id, @Nullable SocketAddress from, SocketAddress to, int timeoutMillis)
      throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      long source =
          from == null ? 0 : NativeAddresses.of(arena, (InetSocketAddress) from).address();
      long target = NativeAddresses.of(arena, (InetSocketAddress) to).address();
      calls.must(Function.RDMA_RESOLVE_ADDR, id(id).pointer.get(), source, target, timeoutMillis);
    }
  }

  @Override
  public void resolveRoute(RdmaCmId id, int timeoutMillis) throws IOException {
    calls.must(Function.RDMA_RESOLVE_ROUTE, id(id).pointer.get(), timeoutMillis);
  }

  /**
   * Returns the next event; null if none comes in time. It is acknowledged already: with its status
   * and what came with it, as {@link #privateData} tells.
   */
  @Override
  public @Nullable RdmaCmEvent getCmEvent(RdmaEventChannel channel, int timeoutMillis)
      throws IOException {
    if (!calls.awaitReadable(timeoutMillis, channel.getFd())) {
      return null;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment got = arena.allocate(ValueLayout.JAVA_LONG);
      try {
        calls.must(Function.RDMA_GET_CM_EVENT, channel(channel).pointer.get(), got.address());
      } catch (VerbsException e) {
        if (e.errno() == VerbsException.EAGAIN) {
          return null;
        }
        throw e;
      }
      long event = got.get(ValueLayout.JAVA_LONG, 0);
      try {
        return copy(channel(channel), event);
      } finally {
        calls.quietly(Function.RDMA_ACK_CM_EVENT, event);
      }
    }
  }

  private static NativeObjects.Event copy(NativeObjects.Channel channel, long event)
      throws IOException {
    long connection = NativeCalls.getLong(event + VerbsStructs.EVENT_ID);
    long listening = NativeCalls.getLong(event + VerbsStructs.EVENT_LISTEN_ID);
    NativeObjects.Id known = channel.ids.get(connection);
    long data = NativeCalls.getLong(event + VerbsStructs.EVENT_PRIVATE_DATA);
    int length =
        Byte.toUnsignedInt(NativeCalls.getByte(event + VerbsStructs.EVENT_PRIVATE_DATA_LEN));
    return new NativeObjects.Event(
        NativeCalls.getInt(event + VerbsStructs.EVENT_EVENT),
        NativeCalls.getInt(event + VerbsStructs.EVENT_STATUS),
        listening == 0 ? null : channel.ids.get(listening),
        known == null && listening != 0 ? new NativeObjects.Id(channel, connection) : known,
        data == 0 ? new byte[0] : NativeCalls.bytes(data, length));
  }

  @Override
  public Optional<byte[]> privateData(RdmaCmEvent event) {
    return Optional.of(((NativeObjects.Event) event).privateData());
  }

  @Override
  public void connect(RdmaCmId id, RdmaConnParam param) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      long of = id(id).pointer.get();
      calls.must(Function.RDMA_CONNECT, of, param(arena, param).address());
    }
  }

  @Override
  public void accept(RdmaCmId id, RdmaConnParam param) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      calls.must(Function.RDMA_ACCEPT, id(id).pointer.get(), param(arena, param).address());
    }
  }

  private static MemorySegment param(Arena arena, RdmaConnParam from) throws IOException {
    MemorySegment all = arena.allocate(VerbsStructs.PARAM_BYTES, 8);
    all.set(ValueLayout.JAVA_LONG, VerbsStructs.PARAM_PRIVATE_DATA, from.getPrivate_data());
    put(all, VerbsStructs.PARAM_PRIVATE_DATA_LEN, from.getPrivate_data_len());
    put(all, VerbsStructs.PARAM_RESPONDER_RESOURCES, from.getResponder_resources());
    put(all, VerbsStructs.PARAM_INITIATOR_DEPTH, from.getInitiator_depth());
    put(all, VerbsStructs.PARAM_RETRY_COUNT, from.getRetry_count());
    put(all, VerbsStructs.PARAM_RNR_RETRY_COUNT, from.getRnr_retry_count());
    return all;
  }

  private static void put(MemorySegment all, int at, byte value) {
    all.set(ValueLayout.JAVA_BYTE, at, value);
  }

  @Override
  public void reject(RdmaCmId id) {
    calls.quietly(Function.RDMA_REJECT, id(id).pointer.get(), 0, 0);
  }

  @Override
  public void migrate(RdmaCmId id, RdmaEventChannel to) throws IOException {
    long target = channel(to).pointer.get();
    calls.must(Function.RDMA_MIGRATE_ID, id(id).pointer.get(), target);
    id(id).move(channel(to));
  }

  @Override
  public void setAckTimeout(RdmaCmId id, int exponent) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment value = arena.allocate(1);
      value.set(ValueLayout.JAVA_BYTE, 0, (byte) exponent);
      long of = id(id).pointer.get();
      calls.quietly(Function.RDMA_SET_OPTION, of, OPTION_OF_ID, ACK_TIMEOUT, value.address(), 1);
    }
  }

  /** Nothing is left to do: see {@link #getCmEvent}. */
  @Override
  public int ackCmEvent(RdmaCmEvent event) {
    return 0;
  }

  @Override
  public int disconnect(RdmaCmId id) {
    return calls.quietly(Function.RDMA_DISCONNECT, id(id).pointer.get());
  }

  @Override
  public int destroyEventChannel(RdmaEventChannel channel) {
    channel.close();
    return calls.quietly(Function.RDMA_DESTROY_EVENT_CHANNEL, channel(channel).pointer.take());
  }

  @Override
  public int destroyCmId(RdmaCmId id) {
    id.close();
    return calls.quietly(Function.RDMA_DESTROY_ID, id(id).take());
  }

  @Override
  public int destroyQP(RdmaCmId id) {
    ((NativeObjects.Qp) id.getQp()).pointer.take();
    id(id).bind(null);
    return calls.quietly(Function.RDMA_DESTROY_QP, id(id).pointer.get());
  }

  @Override
  public SocketAddress getSrcAddr(RdmaCmId id) throws IOException {
    return NativeAddresses.read(id(id).pointer.get() + VerbsStructs.ID_SOURCE);
  }

  @Override
  public SocketAddress getDstAddr(RdmaCmId id) throws IOException {
    return NativeAddresses.read(id(id).pointer.get() + VerbsStructs.ID_DESTINATION);
  }

  /** Destroys the queue pair of an id, and the id. */
  @Override
  public int destroyEp(RdmaCmId id) {
    Optional.ofNullable(id.getQp()).ifPresent(_ -> destroyQP(id));
    return destroyCmId(id);
  }
}
