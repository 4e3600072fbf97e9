package dev.cairn.transport.verbs;

import com.ibm.disni.verbs.IbvRecvWR;
import com.ibm.disni.verbs.SVCPostRecv;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/** A chain of buffers for what the peer sends, posted again and again. Not thread-safe. */
final class ReceiveCall extends SVCPostRecv {
  private final NativeCalls calls;
  private final NativeObjects.Qp qp;
  private final MemorySegment requests;
  private final MemorySegment bad = NativeVerbs.memory(8);

  /** Kept: the requests point to it. */
  private final MemorySegment sges;

  private boolean valid = true;

  ReceiveCall(NativeCalls calls, NativeObjects.Qp qp, List<IbvRecvWR> from) {
    this.calls = calls;
    this.qp = qp;
    int count = from.size();
    requests = NativeVerbs.memory((long) count * VerbsStructs.RECV_WR_BYTES);
    int all = from.stream().mapToInt(each -> each.getSg_list().size()).sum();
    sges = NativeVerbs.memory((long) Math.max(1, all) * VerbsStructs.SGE_BYTES);
    long list = 0;
    for (int i = 0; i < count; i++) {
      IbvRecvWR each = from.get(i);
      long at = (long) i * VerbsStructs.RECV_WR_BYTES;
      long next = i + 1 == count ? 0 : requests.address() + at + VerbsStructs.RECV_WR_BYTES;
      requests.set(ValueLayout.JAVA_LONG, at + VerbsStructs.RECV_WR_ID, each.getWr_id());
      requests.set(ValueLayout.JAVA_LONG, at + VerbsStructs.RECV_WR_NEXT, next);
      requests.set(ValueLayout.JAVA_LONG, at + VerbsStructs.RECV_WR_SG_LIST, sges.address() + list);
      requests.set(
          ValueLayout.JAVA_INT, at + VerbsStructs.RECV_WR_NUM_SGE, each.getSg_list().size());
      for (var sge : each.getSg_list()) {
        NativeVerbs.putSge(sges, list, sge);
        list += VerbsStructs.SGE_BYTES;
      }
    }
  }

  @Override
  public SVCPostRecv execute() throws IOException {
    int failed = calls.verb(qp.receive, qp.pointer.get(), requests.address(), bad.address());
    if (failed != 0) {
      throw VerbsException.ofCall("ibv_post_recv", Math.abs(failed));
    }
    return this;
  }

  @Override
  public boolean isValid() {
    return valid;
  }

  @Override
  public SVCPostRecv free() {
    valid = false;
    return this;
  }

  @Override
  public RecvWRMod getWrMod(int index) {
    long at = (long) index * VerbsStructs.RECV_WR_BYTES + VerbsStructs.RECV_WR_ID;
    return () -> requests.get(ValueLayout.JAVA_LONG, at);
  }
}
