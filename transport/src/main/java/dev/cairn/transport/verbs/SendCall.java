package dev.cairn.transport.verbs;

import com.ibm.disni.verbs.IbvSendWR;
import com.ibm.disni.verbs.SVCPostSend;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * A chain of work requests that is written once and posted again and again, with another place or
 * length if need be. Not thread-safe.
 */
final class SendCall extends SVCPostSend {
  private final NativeCalls calls;
  private final NativeObjects.Qp qp;
  private final MemorySegment requests;
  private final MemorySegment sges;
  private final MemorySegment bad = NativeVerbs.memory(8);
  private final int[] firstSge;
  private boolean valid = true;

  SendCall(NativeCalls calls, NativeObjects.Qp qp, List<IbvSendWR> from) {
    this.calls = calls;
    this.qp = qp;
    requests = NativeVerbs.memory((long) from.size() * VerbsStructs.SEND_WR_BYTES);
    firstSge = new int[from.size()];
    int count = 0;
    for (int i = 0; i < firstSge.length; i++) {
      firstSge[i] = count;
      count += from.get(i).getSg_list().size();
    }
    sges = NativeVerbs.memory((long) Math.max(1, count) * VerbsStructs.SGE_BYTES);
    for (int i = 0; i < firstSge.length; i++) {
      put(i, from.get(i));
    }
  }

  private void put(int index, IbvSendWR from) {
    long at = (long) index * VerbsStructs.SEND_WR_BYTES;
    long next =
        index + 1 == firstSge.length ? 0 : requests.address() + at + VerbsStructs.SEND_WR_BYTES;
    setLong(at + VerbsStructs.SEND_WR_ID, from.getWr_id());
    setLong(at + VerbsStructs.SEND_WR_NEXT, next);
    long list = (long) firstSge[index] * VerbsStructs.SGE_BYTES;
    setLong(at + VerbsStructs.SEND_WR_SG_LIST, sges.address() + list);
    setInt(at + VerbsStructs.SEND_WR_NUM_SGE, from.getSg_list().size());
    setInt(at + VerbsStructs.SEND_WR_OPCODE, from.getOpcode());
    setInt(at + VerbsStructs.SEND_WR_FLAGS, from.getSend_flags());
    setLong(at + VerbsStructs.SEND_WR_REMOTE_ADDRESS, from.getRdma().getRemote_addr());
    setInt(at + VerbsStructs.SEND_WR_RKEY, from.getRdma().getRkey());
    for (int i = 0; i < from.getSg_list().size(); i++) {
      NativeVerbs.putSge(sges, list + (long) i * VerbsStructs.SGE_BYTES, from.getSg_list().get(i));
    }
  }

  private void setLong(long at, long value) {
    requests.set(ValueLayout.JAVA_LONG, at, value);
  }

  private void setInt(long at, int value) {
    requests.set(ValueLayout.JAVA_INT, at, value);
  }

  private int getInt(long at) {
    return requests.get(ValueLayout.JAVA_INT, at);
  }

  @Override
  public SVCPostSend execute() throws IOException {
    int failed = calls.verb(qp.send, qp.pointer.get(), requests.address(), bad.address());
    if (failed != 0) {
      throw VerbsException.ofCall("ibv_post_send", Math.abs(failed));
    }
    return this;
  }

  @Override
  public boolean isValid() {
    return valid;
  }

  @Override
  public SVCPostSend free() {
    valid = false;
    return this;
  }

  @Override
  public SendWRMod getWrMod(int index) {
    long at = (long) index * VerbsStructs.SEND_WR_BYTES;
    return new SendWRMod() {
      @Override
      public void setWr_id(long id) {
        setLong(at + VerbsStructs.SEND_WR_ID, id);
      }

      @Override
      public void setSend_flags(int flags) {
        setInt(at + VerbsStructs.SEND_WR_FLAGS, flags);
      }

      @Override
      public long getWr_id() {
        return requests.get(ValueLayout.JAVA_LONG, at + VerbsStructs.SEND_WR_ID);
      }

      @Override
      public int getNum_sge() {
        return getInt(at + VerbsStructs.SEND_WR_NUM_SGE);
      }

      @Override
      public int getOpcode() {
        return getInt(at + VerbsStructs.SEND_WR_OPCODE);
      }

      @Override
      public int getSend_flags() {
        return getInt(at + VerbsStructs.SEND_WR_FLAGS);
      }

      @Override
      public RdmaMod getRdmaMod() {
        return new Remote(at);
      }

      @Override
      public SgeMod getSgeMod(int sge) {
        return new Local((long) (firstSge[index] + sge) * VerbsStructs.SGE_BYTES);
      }
    };
  }

  /** Where a READ reads. */
  private final class Remote implements RdmaMod {
    private final long at;

    Remote(long at) {
      this.at = at;
    }

    @Override
    public void setRemote_addr(long address) {
      setLong(at + VerbsStructs.SEND_WR_REMOTE_ADDRESS, address);
    }

    @Override
    public long getRemote_addr() {
      return requests.get(ValueLayout.JAVA_LONG, at + VerbsStructs.SEND_WR_REMOTE_ADDRESS);
    }

    @Override
    public void setRkey(int rkey) {
      setInt(at + VerbsStructs.SEND_WR_RKEY, rkey);
    }

    @Override
    public int getRkey() {
      return getInt(at + VerbsStructs.SEND_WR_RKEY);
    }

    @Override
    public void setReserved(int reserved) {
      setInt(at + VerbsStructs.SEND_WR_RKEY + 4, reserved);
    }

    @Override
    public int getReserved() {
      return getInt(at + VerbsStructs.SEND_WR_RKEY + 4);
    }
  }

  /** What a request sends, or where it reads to. */
  private final class Local implements SgeMod {
    private final long at;

    Local(long at) {
      this.at = at;
    }

    @Override
    public void setAddr(long address) {
      sges.set(ValueLayout.JAVA_LONG, at + VerbsStructs.SGE_ADDRESS, address);
    }

    @Override
    public long getAddr() {
      return sges.get(ValueLayout.JAVA_LONG, at + VerbsStructs.SGE_ADDRESS);
    }

    @Override
    public void setLength(int length) {
      sges.set(ValueLayout.JAVA_INT, at + VerbsStructs.SGE_LENGTH, length);
    }

    @Override
    public int getLength() {
      return sges.get(ValueLayout.JAVA_INT, at + VerbsStructs.SGE_LENGTH);
    }

    @Override
    public void setLkey(int lkey) {
      sges.set(ValueLayout.JAVA_INT, at + VerbsStructs.SGE_LKEY, lkey);
    }

    @Override
    public int getLkey() {
      return sges.get(ValueLayout.JAVA_INT, at + VerbsStructs.SGE_LKEY);
    }
  }
}
