package dev.cairn.transport.verbs;

import com.ibm.disni.verbs.IbvWC;
import com.ibm.disni.verbs.SVCPollCq;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Takes completions from a queue, again and again. Not thread-safe. */
final class PollCall extends SVCPollCq {
  private final NativeCalls calls;
  private final NativeObjects.Cq cq;
  private final IbvWC[] into;
  private final int most;
  private final MemorySegment completions;
  private int polls;
  private boolean valid = true;

  PollCall(NativeCalls calls, NativeObjects.Cq cq, IbvWC[] into, int most) {
    this.calls = calls;
    this.cq = cq;
    this.into = into;
    this.most = Math.min(most, into.length);
    completions = NativeVerbs.memory((long) this.most * VerbsStructs.WC_BYTES);
  }

  @Override
  public SVCPollCq execute() throws IOException {
    polls = calls.verb(cq.poll, cq.pointer.get(), most, completions.address());
    if (polls < 0) {
      int failed = -polls;
      polls = 0;
      throw VerbsException.ofCall("ibv_poll_cq", failed);
    }
    for (int i = 0; i < polls; i++) {
      long at = (long) i * VerbsStructs.WC_BYTES;
      IbvWC wc = into[i];
      wc.setWr_id(completions.get(ValueLayout.JAVA_LONG, at + VerbsStructs.WC_WR_ID));
      wc.setStatus(completions.get(ValueLayout.JAVA_INT, at + VerbsStructs.WC_STATUS));
      wc.setOpcode(completions.get(ValueLayout.JAVA_INT, at + VerbsStructs.WC_OPCODE));
      wc.setByte_len(completions.get(ValueLayout.JAVA_INT, at + VerbsStructs.WC_BYTE_LEN));
      wc.setQp_num(completions.get(ValueLayout.JAVA_INT, at + VerbsStructs.WC_QP_NUM));
    }
    return this;
  }

  @Override
  public int getPolls() {
    return polls;
  }

  @Override
  public boolean isValid() {
    return valid;
  }

  @Override
  public SVCPollCq free() {
    valid = false;
    return this;
  }
}
