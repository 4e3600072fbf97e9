package dev.cairn.transport.rdma;

import com.ibm.disni.verbs.IbvCQ;
import com.ibm.disni.verbs.IbvCompChannel;
import com.ibm.disni.verbs.IbvContext;
import com.ibm.disni.verbs.IbvMr;
import com.ibm.disni.verbs.IbvPd;
import com.ibm.disni.verbs.IbvQP;
import com.ibm.disni.verbs.IbvQPInitAttr;
import com.ibm.disni.verbs.IbvRecvWR;
import com.ibm.disni.verbs.IbvSendWR;
import com.ibm.disni.verbs.IbvSge;
import com.ibm.disni.verbs.IbvWC;
import com.ibm.disni.verbs.RdmaCmId;
import com.ibm.disni.verbs.RdmaEventChannel;
import com.ibm.disni.verbs.RdmaVerbs;
import com.ibm.disni.verbs.SVCPollCq;
import com.ibm.disni.verbs.SVCPostRecv;
import com.ibm.disni.verbs.SVCPostSend;
import com.ibm.disni.verbs.SVCReqNotify;
import dev.cairn.transport.verbs.RdmaLibrary;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The queue pair of one connection with all of its memory: buffers of messages, stages that the
 * peer may read, landings into which this side reads; and what others have registered with it. Who
 * uses a part (a buffer, a landing, a READ) is alone with it; completions are for one thread.
 */
final class RdmaQueue implements AutoCloseable {
  /** What a completion is of; the rest of its id is the number of the part. */
  static final int RECEIVED = 0;

  static final int SENT = 1;
  static final int READ = 2;

  /** Of a READ into memory of somebody else. */
  static final int READ_LENT = 3;

  /** Messages that are being sent. */
  static final int SENDS = 32;

  private static final int KIND_SHIFT = 32;
  private static final int AT_ONCE = 32;
  private static final int STRIDE = (RdmaFormat.BUFFER_BYTES + 63) / 64 * 64;

  /** What ends a thing; fails only if it has ended. */
  private interface Undo {
    void run() throws IOException;
  }

  private final RdmaLibrary cm;
  private final RdmaVerbs verbs;
  private final RdmaCmId id;
  private final Arena arena = Arena.ofShared();
  private final Deque<Undo> undo = new ArrayDeque<>();

  private final MemorySegment received;
  private final MemorySegment sent;
  private final MemorySegment stages;
  private final MemorySegment landings;
  private final int stagesKey;
  private final IbvPd domain;
  private final IbvCompChannel channel;
  private final IbvCQ cq;

  private final Set<IbvMr> registrations = ConcurrentHashMap.newKeySet();

  private final SVCPostRecv[] receives = new SVCPostRecv[RdmaFormat.BUFFERS];
  private final SVCPostSend[] sends = new SVCPostSend[SENDS];
  private final SVCPostSend[] reads = new SVCPostSend[RdmaFormat.STAGES];
  private final SVCPostSend[] lentReads = new SVCPostSend[RemoteMemory.MOST_READS];
  private final IbvWC[] completions = new IbvWC[AT_ONCE];
  private final SVCPollCq poll;
  private final SVCReqNotify notify;

  private RdmaQueue(RdmaLibrary cm, RdmaCmId id) throws IOException {
    this.cm = cm;
    verbs = cm.verbs();
    this.id = id;
    boolean done = false;
    undo.push(arena::close);
    try {
      IbvContext device = id.getVerbs();
      if (device == null) {
        throw new IOException("the address belongs to no RDMA device");
      }
      domain = verbs.allocPd(device);
      undo.push(() -> verbs.deallocPd(domain));
      undo.push(() -> List.copyOf(registrations).forEach(this::deregister));
      channel = verbs.createCompChannel(device);
      undo.push(() -> verbs.destroyCompChannel(channel));
      int entries = RdmaFormat.BUFFERS + SENDS + RdmaFormat.STAGES + RemoteMemory.MOST_READS;
      cq = verbs.createCQ(device, channel, entries, 0);
      undo.push(() -> verbs.destroyCQ(cq));

      received = arena.allocate((long) RdmaFormat.BUFFERS * STRIDE, 4096);
      sent = arena.allocate((long) SENDS * STRIDE, 4096);
      stages = arena.allocate((long) RdmaFormat.STAGES * RdmaFormat.STAGE_BYTES, 4096);
      landings = arena.allocate((long) RdmaFormat.STAGES * RdmaFormat.STAGE_BYTES, 4096);
      IbvMr into = registerOwn(received, IbvMr.IBV_ACCESS_LOCAL_WRITE);
      IbvMr from = registerOwn(sent, 0);
      stagesKey = registerOwn(stages, IbvMr.IBV_ACCESS_REMOTE_READ).getRkey();
      IbvMr land = registerOwn(landings, IbvMr.IBV_ACCESS_LOCAL_WRITE);

      IbvQP qp = queuePair();
      undo.push(() -> cm.destroyQP(id));
      for (int i = 0; i < receives.length; i++) {
        IbvRecvWR request = new IbvRecvWR();
        request.setWr_id(workId(RECEIVED, i));
        request.setSg_list(list(received(i).address(), RdmaFormat.BUFFER_BYTES, into.getLkey()));
        request.setNum_sge(1);
        receives[i] = verbs.postRecv(qp, List.of(request), null);
      }
      for (int i = 0; i < sends.length; i++) {
        long at = sent(i).address();
        sends[i] = request(qp, workId(SENT, i), IbvSendWR.IBV_WR_SEND, at, from.getLkey());
      }
      for (int i = 0; i < reads.length; i++) {
        long at = landing(i).address();
        reads[i] = request(qp, workId(READ, i), IbvSendWR.IBV_WR_RDMA_READ, at, land.getLkey());
      }
      for (int i = 0; i < lentReads.length; i++) {
        lentReads[i] = request(qp, workId(READ_LENT, i), IbvSendWR.IBV_WR_RDMA_READ, 0, 0);
      }
      for (int i = 0; i < completions.length; i++) {
        completions[i] = new IbvWC();
      }
      poll = verbs.pollCQ(cq, completions, completions.length);
      notify = verbs.reqNotifyCQ(cq, false);
      notify.execute();
      for (int i = 0; i < receives.length; i++) {
        postReceive(i);
      }
      done = true;
    } finally {
      if (!done) {
        close();
      }
    }
  }

  /** Makes the queue pair of an id whose device is known; buffers are posted. */
  static RdmaQueue open(RdmaLibrary cm, RdmaCmId id) throws IOException {
    return new RdmaQueue(cm, id);
  }

  private IbvMr registerOwn(MemorySegment memory, int access) throws IOException {
    IbvMr mr = register(memory, access);
    registrations.remove(mr);
    undo.push(() -> deregister(mr));
    return mr;
  }

  /** Registers memory with this queue's domain; until it is given back, or the queue is gone. */
  IbvMr register(MemorySegment memory, int access) throws IOException {
    IbvMr mr = cm.register(domain, memory, access);
    registrations.add(mr);
    return mr;
  }

  void deregister(IbvMr mr) {
    registrations.remove(mr);
    try {
      verbs.deregMr(mr).execute().free();
    } catch (IOException e) {
      throw new IllegalStateException("to end a registration throws nothing", e);
    }
  }

  private IbvQP queuePair() throws IOException {
    IbvQPInitAttr attributes = new IbvQPInitAttr();
    attributes.setQp_type(IbvQP.IBV_QPT_RC);
    attributes.setSend_cq(cq);
    attributes.setRecv_cq(cq);
    attributes.cap().setMax_send_wr(SENDS + RdmaFormat.STAGES + RemoteMemory.MOST_READS);
    attributes.cap().setMax_recv_wr(RdmaFormat.BUFFERS);
    attributes.cap().setMax_send_sge(1);
    attributes.cap().setMax_recv_sge(1);
    return cm.createQP(id, domain, attributes);
  }

  private SVCPostSend request(IbvQP qp, long workId, int opcode, long at, int key)
      throws IOException {
    IbvSendWR request = new IbvSendWR();
    request.setWr_id(workId);
    request.setOpcode(opcode);
    request.setSend_flags(IbvSendWR.IBV_SEND_SIGNALED);
    request.setSg_list(list(at, 0, key));
    request.setNum_sge(1);
    return verbs.postSend(qp, List.of(request), null);
  }

  @SuppressWarnings({"JdkObsolete", "NonApiType"}) // As DiSNI has it.
  private static LinkedList<IbvSge> list(long address, int length, int key) {
    IbvSge sge = new IbvSge();
    sge.setAddr(address);
    sge.setLength(length);
    sge.setLkey(key);
    return new LinkedList<>(List.of(sge));
  }

  private static long workId(int kind, int index) {
    return (long) kind << KIND_SHIFT | index;
  }

  MemorySegment received(int index) {
    return received.asSlice((long) index * STRIDE, RdmaFormat.BUFFER_BYTES);
  }

  MemorySegment sent(int index) {
    return sent.asSlice((long) index * STRIDE, RdmaFormat.BUFFER_BYTES);
  }

  MemorySegment stage(int index) {
    return stages.asSlice((long) index * RdmaFormat.STAGE_BYTES, RdmaFormat.STAGE_BYTES);
  }

  MemorySegment landing(int index) {
    return landings.asSlice((long) index * RdmaFormat.STAGE_BYTES, RdmaFormat.STAGE_BYTES);
  }

  /** Returns the key by which the peer reads stages. */
  int stagesKey() {
    return stagesKey;
  }

  /**
   * Waits for completions, and for events if the library can.
   *
   * @param most milliseconds
   */
  void await(RdmaEventChannel events, int most) throws IOException {
    cm.await(events, channel, cq, most);
  }

  void postReceive(int index) throws IOException {
    receives[index].execute();
  }

  void send(int index, int length) throws IOException {
    sends[index].getWrMod(0).getSgeMod(0).setLength(length);
    sends[index].execute();
  }

  /** Reads memory of the peer into a landing. */
  void read(int index, long address, int rkey, int length) throws IOException {
    var request = reads[index].getWrMod(0);
    request.getSgeMod(0).setLength(length);
    request.getRdmaMod().setRemote_addr(address);
    request.getRdmaMod().setRkey(rkey);
    reads[index].execute();
  }

  /**
   * Memory that a READ writes.
   *
   * @param lkey by which it is registered here
   */
  record Landing(long address, int length, int lkey) {}

  /** Reads memory of the peer into what somebody has registered. */
  void read(int index, long address, int rkey, Landing into) throws IOException {
    var request = lentReads[index].getWrMod(0);
    request.getSgeMod(0).setAddr(into.address());
    request.getSgeMod(0).setLength(into.length());
    request.getSgeMod(0).setLkey(into.lkey());
    request.getRdmaMod().setRemote_addr(address);
    request.getRdmaMod().setRkey(rkey);
    lentReads[index].execute();
  }

  /** Takes events of the completion queue, and asks for the next one. */
  void rearm() throws IOException {
    while (verbs.getCqEvent(channel, cq, 0)) {
      verbs.ackCqEvents(cq, 1);
    }
    notify.execute();
  }

  /** Takes completions; returns how many: 0 if there are none. */
  int poll() throws IOException {
    return poll.execute().getPolls();
  }

  /** Returns what one of those that {@link #poll} took is of. */
  int kind(int at) {
    return (int) (completions[at].getWr_id() >>> KIND_SHIFT);
  }

  int index(int at) {
    return (int) completions[at].getWr_id();
  }

  /** Returns its status: 0 is good. */
  int status(int at) {
    return completions[at].getStatus();
  }

  /** Returns how many bytes were received. */
  int length(int at) {
    return completions[at].getByte_len();
  }

  /** Gives everything back. Nobody uses it or its memory any more. */
  @Override
  public void close() {
    try {
      while (!undo.isEmpty()) {
        undo.pop().run();
      }
    } catch (IOException e) {
      throw new IllegalStateException("a part of a queue has ended before it", e);
    }
  }
}
