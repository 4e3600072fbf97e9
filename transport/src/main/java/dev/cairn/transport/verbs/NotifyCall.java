package dev.cairn.transport.verbs;

import com.ibm.disni.verbs.SVCReqNotify;
import java.io.IOException;

/** Asks for an event at the next completion. */
final class NotifyCall extends SVCReqNotify {
  private final NativeCalls calls;
  private final NativeObjects.Cq cq;
  private final boolean solicited;
  private boolean valid = true;

  NotifyCall(NativeCalls calls, NativeObjects.Cq cq, boolean solicited) {
    this.calls = calls;
    this.cq = cq;
    this.solicited = solicited;
  }

  @Override
  public SVCReqNotify execute() throws IOException {
    int failed = calls.verb(cq.notify, cq.pointer.get(), solicited ? 1 : 0);
    if (failed != 0) {
      throw VerbsException.ofCall("ibv_req_notify_cq", Math.abs(failed));
    }
    return this;
  }

  @Override
  public boolean isValid() {
    return valid;
  }

  @Override
  public SVCReqNotify free() {
    valid = false;
    return this;
  }
}
