package dev.cairn.transport.verbs;

import com.ibm.disni.verbs.SVCDeregMr;
import dev.cairn.transport.verbs.NativeCalls.Function;

/** Ends a registration; for one call. */
final class DeregistrationCall extends SVCDeregMr {
  private final NativeCalls calls;
  private final NativeObjects.Mr mr;
  private boolean valid = true;

  DeregistrationCall(NativeCalls calls, NativeObjects.Mr mr) {
    this.calls = calls;
    this.mr = mr;
  }

  @Override
  public SVCDeregMr execute() {
    mr.close();
    calls.quietly(Function.IBV_DEREG_MR, mr.pointer.take());
    return this;
  }

  @Override
  public boolean isValid() {
    return valid;
  }

  @Override
  public SVCDeregMr free() {
    valid = false;
    return this;
  }
}
