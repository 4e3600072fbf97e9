package dev.cairn.transport.verbs;

import com.ibm.disni.verbs.IbvCQ;
import com.ibm.disni.verbs.IbvCompChannel;
import com.ibm.disni.verbs.IbvContext;
import com.ibm.disni.verbs.IbvMr;
import com.ibm.disni.verbs.IbvPd;
import com.ibm.disni.verbs.IbvQP;
import com.ibm.disni.verbs.RdmaCmEvent;
import com.ibm.disni.verbs.RdmaCmId;
import com.ibm.disni.verbs.RdmaConnParam;
import com.ibm.disni.verbs.RdmaEventChannel;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * DiSNI's objects with the pointers that stand behind them. A pointer is taken once when its object
 * is destroyed: who uses it afterwards gets an exception and no crash.
 */
final class NativeObjects {
  private NativeObjects() {}

  /** A pointer that ends. Thread-safe, but who uses it must not meet who destroys it. */
  static final class Pointer {
    private final String what;
    private volatile long address;

    Pointer(String what, long address) {
      this.what = what;
      this.address = address;
    }

    long get() {
      long known = address;
      if (known == 0) {
        throw new IllegalStateException(what + " is destroyed");
      }
      return known;
    }

    /** Returns it, and lets nobody have it any more. */
    synchronized long take() {
      long known = get();
      address = 0;
      return known;
    }
  }

  /** {@code struct rdma_event_channel}. */
  static final class Channel extends RdmaEventChannel {
    final Pointer pointer;

    /** Those that events come for, by their addresses. */
    final Map<Long, Id> ids = new ConcurrentHashMap<>();

    Channel(long address) throws IOException {
      super(NativeCalls.getInt(address + VerbsStructs.CHANNEL_FD));
      pointer = new Pointer("an event channel", address);
    }
  }

  /** {@code struct ibv_context}: of the library, and never destroyed by us. */
  static final class Context extends IbvContext {
    final long address;

    Context(long address) throws IOException {
      super(
          NativeCalls.getInt(address + VerbsStructs.CONTEXT_CMD_FD),
          NativeCalls.getInt(address + VerbsStructs.CONTEXT_VECTORS));
      this.address = address;
    }

    /** Returns a verb of its device. */
    long verb(int operation) {
      return NativeCalls.getLong(address + VerbsStructs.CONTEXT_OPS + operation);
    }
  }

  /** {@code struct rdma_cm_id}. */
  static final class Id extends RdmaCmId {
    final Pointer pointer;

    Id(Channel channel, long address) throws IOException {
      super(channel, null);
      pointer = new Pointer("an id", address);
      channel.ids.put(address, this);
    }

    /** Its events come on another channel from now on. */
    void move(Channel to) {
      long address = pointer.get();
      ((Channel) cmChannel).ids.remove(address);
      cmChannel = to;
      to.ids.put(address, this);
    }

    /** Returns its pointer for the last time. */
    long take() {
      long address = pointer.take();
      ((Channel) cmChannel).ids.remove(address);
      return address;
    }

    /** Returns the device that it is bound to; null before its address is resolved. */
    @Override
    public @Nullable IbvContext getVerbs() throws IOException {
      if (verbs == null) {
        long device = NativeCalls.getLong(pointer.get() + VerbsStructs.ID_VERBS);
        if (device != 0) {
          setVerbs(new Context(device));
        }
      }
      return verbs;
    }

    void bind(@Nullable IbvQP qp) {
      setQp(qp);
    }
  }

  /** An event, copied and acknowledged. */
  static final class Event extends RdmaCmEvent {
    private final byte[] privateData;

    Event(
        int event, int status, @Nullable Id listening, @Nullable Id connection, byte[] privateData)
        throws IOException {
      super(event, listening, connection);
      this.status = status;
      this.privateData = privateData;
    }

    /** Returns what the peer has sent with it; the caller's. */
    byte[] privateData() {
      return privateData.clone();
    }
  }

  /** What goes with connect and accept. */
  static final class ConnParam extends RdmaConnParam {
    /**
     * Makes it; DiSNI's setters refuse the half of it.
     *
     * @param address of the bytes that the peer gets, valid in the call
     * @param retries of a packet that is not answered
     */
    ConnParam(long address, int length, int retries) {
      private_data_addr = address;
      private_data_len = (byte) length;
      responder_resources = (byte) 0xff; // the library takes what the device has
      initiator_depth = (byte) 0xff;
      retry_count = (byte) retries;
      rnr_retry_count = 7;
    }
  }

  /** {@code struct ibv_pd}. */
  static final class Pd extends IbvPd {
    final Pointer pointer;

    Pd(Context context, long address) throws IOException {
      super(context);
      handle = NativeCalls.getInt(address + VerbsStructs.PD_HANDLE);
      pointer = new Pointer("a protection domain", address);
    }
  }

  /** {@code struct ibv_comp_channel}. */
  static final class CompChannel extends IbvCompChannel {
    final Pointer pointer;

    CompChannel(Context context, long address) throws IOException {
      super(NativeCalls.getInt(address + VerbsStructs.COMP_CHANNEL_FD), context);
      pointer = new Pointer("a completion channel", address);
    }
  }

  /** {@code struct ibv_cq}. */
  static final class Cq extends IbvCQ {
    final Pointer pointer;
    final long poll;
    final long notify;

    Cq(Context context, CompChannel channel, long address) throws IOException {
      super(context, channel, NativeCalls.getInt(address + VerbsStructs.CQ_HANDLE));
      pointer = new Pointer("a completion queue", address);
      poll = context.verb(VerbsStructs.OPS_POLL_CQ);
      notify = context.verb(VerbsStructs.OPS_REQ_NOTIFY_CQ);
    }
  }

  /** {@code struct ibv_qp}. */
  static final class Qp extends IbvQP {
    final Pointer pointer;
    final long send;
    final long receive;

    Qp(Context context, IbvPd pd, long address) throws IOException {
      super(NativeCalls.getInt(address + VerbsStructs.QP_NUM));
      this.context = context;
      this.pd = pd;
      pointer = new Pointer("a queue pair", address);
      send = context.verb(VerbsStructs.OPS_POST_SEND);
      receive = context.verb(VerbsStructs.OPS_POST_RECV);
    }
  }

  /** {@code struct ibv_mr}. */
  static final class Mr extends IbvMr {
    final Pointer pointer;

    Mr(IbvContext context, long address, int access) throws IOException {
      super(
          context,
          NativeCalls.getLong(address + VerbsStructs.MR_ADDRESS),
          Math.toIntExact(NativeCalls.getLong(address + VerbsStructs.MR_LENGTH)),
          access,
          NativeCalls.getInt(address + VerbsStructs.MR_LKEY),
          NativeCalls.getInt(address + VerbsStructs.MR_RKEY),
          NativeCalls.getInt(address + VerbsStructs.MR_HANDLE));
      pointer = new Pointer("registered memory", address);
    }
  }
}
