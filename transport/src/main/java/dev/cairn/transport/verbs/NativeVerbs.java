package dev.cairn.transport.verbs;

import com.ibm.disni.verbs.IbvCQ;
import com.ibm.disni.verbs.IbvCompChannel;
import com.ibm.disni.verbs.IbvContext;
import com.ibm.disni.verbs.IbvMr;
import com.ibm.disni.verbs.IbvPd;
import com.ibm.disni.verbs.IbvQP;
import com.ibm.disni.verbs.IbvRecvWR;
import com.ibm.disni.verbs.IbvSendWR;
import com.ibm.disni.verbs.IbvWC;
import com.ibm.disni.verbs.RdmaVerbs;
import com.ibm.disni.verbs.SVCDeregMr;
import com.ibm.disni.verbs.SVCPollCq;
import com.ibm.disni.verbs.SVCPostRecv;
import com.ibm.disni.verbs.SVCPostSend;
import com.ibm.disni.verbs.SVCRegMr;
import com.ibm.disni.verbs.SVCReqNotify;
import dev.cairn.transport.verbs.NativeCalls.Function;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Verbs by libibverbs. Thread-safe, but who destroys an object must be alone with it. Of DiSNI's
 * API only paging on demand is missing, an extension of one maker's old library.
 */
public final class NativeVerbs extends RdmaVerbs {
  private final NativeCalls calls;

  NativeVerbs(NativeCalls calls) {
    this.calls = calls;
  }

  private static NativeObjects.Context context(IbvContext context) {
    return (NativeObjects.Context) context;
  }

  private static long cq(IbvCQ cq) {
    return ((NativeObjects.Cq) cq).pointer.get();
  }

  @Override
  public IbvPd allocPd(IbvContext context) throws IOException {
    long made = calls.pointer(Function.IBV_ALLOC_PD, context(context).address);
    return new NativeObjects.Pd(context(context), made);
  }

  @Override
  public IbvCompChannel createCompChannel(IbvContext context) throws IOException {
    long made = calls.pointer(Function.IBV_CREATE_COMP_CHANNEL, context(context).address);
    NativeObjects.CompChannel channel = new NativeObjects.CompChannel(context(context), made);
    calls.setNonBlocking(channel.getFd());
    return channel;
  }

  @Override
  public IbvCQ createCQ(IbvContext context, IbvCompChannel channel, int entries, int vector)
      throws IOException {
    NativeObjects.CompChannel by = (NativeObjects.CompChannel) channel;
    long device = context(context).address;
    long made = calls.pointer(Function.IBV_CREATE_CQ, device, entries, 0, by.pointer.get(), vector);
    return new NativeObjects.Cq(context(context), by, made);
  }

  @Override
  public boolean getCqEvent(IbvCompChannel channel, IbvCQ cq, int timeoutMillis)
      throws IOException {
    if (!calls.awaitReadable(timeoutMillis, channel.getFd())) {
      return false;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment of = arena.allocate(16, 8);
      long by = ((NativeObjects.CompChannel) channel).pointer.get();
      return calls.quietly(Function.IBV_GET_CQ_EVENT, by, of.address(), of.address() + 8) == 0;
    }
  }

  @Override
  public SVCRegMr regMr(IbvPd pd, ByteBuffer buffer, int access) throws IOException {
    if (!buffer.isDirect()) {
      throw new IllegalArgumentException("memory on the heap cannot be registered");
    }
    ByteBuffer whole = buffer.duplicate().clear();
    return regMr(pd, MemorySegment.ofBuffer(whole).address(), whole.capacity(), access);
  }

  @Override
  public SVCRegMr regMr(IbvPd pd, long address, int length, int access) {
    return new RegistrationCall(calls, (NativeObjects.Pd) pd, address, length, access);
  }

  @Override
  public int queryOdpSupport(IbvContext context) {
    return 0;
  }

  @Override
  public int expPrefetchMr(IbvMr mr, long address, int length) {
    throw new UnsupportedOperationException("no paging on demand");
  }

  @Override
  public SVCDeregMr deregMr(IbvMr mr) {
    return new DeregistrationCall(calls, (NativeObjects.Mr) mr);
  }

  @Override
  public SVCPostSend postSend(
      IbvQP qp, List<IbvSendWR> requests, @Nullable List<IbvSendWR> unused) {
    return new SendCall(calls, (NativeObjects.Qp) qp, requests);
  }

  @Override
  public SVCPostRecv postRecv(
      IbvQP qp, List<IbvRecvWR> requests, @Nullable List<IbvRecvWR> unused) {
    return new ReceiveCall(calls, (NativeObjects.Qp) qp, requests);
  }

  @Override
  public SVCPollCq pollCQ(IbvCQ cq, IbvWC[] into, int most) {
    return new PollCall(calls, (NativeObjects.Cq) cq, into, most);
  }

  @Override
  public SVCReqNotify reqNotifyCQ(IbvCQ cq, boolean solicited) {
    return new NotifyCall(calls, (NativeObjects.Cq) cq, solicited);
  }

  @Override
  public int ackCqEvents(IbvCQ cq, int count) {
    return calls.quietly(Function.IBV_ACK_CQ_EVENTS, cq(cq), count);
  }

  @Override
  public int destroyCompChannel(IbvCompChannel channel) {
    channel.close();
    long by = ((NativeObjects.CompChannel) channel).pointer.take();
    return calls.quietly(Function.IBV_DESTROY_COMP_CHANNEL, by);
  }

  @Override
  public int deallocPd(IbvPd pd) {
    pd.close();
    return calls.quietly(Function.IBV_DEALLOC_PD, ((NativeObjects.Pd) pd).pointer.take());
  }

  @Override
  public int destroyCQ(IbvCQ cq) {
    cq.close();
    return calls.quietly(Function.IBV_DESTROY_CQ, ((NativeObjects.Cq) cq).pointer.take());
  }

  static MemorySegment memory(long bytes) {
    // The collector's: a request is posted by value, and nobody has its address afterwards.
    return Arena.ofAuto().allocate(bytes, 8);
  }

  static void putSge(MemorySegment all, long at, com.ibm.disni.verbs.IbvSge sge) {
    all.set(ValueLayout.JAVA_LONG, at + VerbsStructs.SGE_ADDRESS, sge.getAddr());
    all.set(ValueLayout.JAVA_INT, at + VerbsStructs.SGE_LENGTH, sge.getLength());
    all.set(ValueLayout.JAVA_INT, at + VerbsStructs.SGE_LKEY, sge.getLkey());
  }
}
