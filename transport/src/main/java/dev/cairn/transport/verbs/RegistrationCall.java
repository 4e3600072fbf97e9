package dev.cairn.transport.verbs;

import com.ibm.disni.verbs.IbvMr;
import com.ibm.disni.verbs.SVCRegMr;
import dev.cairn.transport.verbs.NativeCalls.Function;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Registers memory; for one call. */
final class RegistrationCall extends SVCRegMr {
  private final NativeCalls calls;
  private final NativeObjects.Pd pd;
  private final long address;
  private final int length;
  private final int access;
  private @Nullable IbvMr mr;
  private boolean valid = true;

  RegistrationCall(NativeCalls calls, NativeObjects.Pd pd, long address, int length, int access) {
    this.calls = calls;
    this.pd = pd;
    this.address = address;
    this.length = length;
    this.access = access;
  }

  @Override
  public SVCRegMr execute() throws IOException {
    long made = calls.pointer(Function.IBV_REG_MR, pd.pointer.get(), address, length, access);
    NativeObjects.Mr registered = new NativeObjects.Mr(pd.getContext(), made, access);
    if (registered.getAddr() != address || registered.getLength() != length) {
      throw new IllegalStateException("struct ibv_mr lies otherwise than in rdma-core");
    }
    mr = registered;
    return this;
  }

  @Override
  public IbvMr getMr() {
    IbvMr known = mr;
    if (known == null) {
      throw new IllegalStateException("not executed");
    }
    return known;
  }

  @Override
  public boolean isValid() {
    return valid;
  }

  @Override
  public SVCRegMr free() {
    valid = false;
    return this;
  }
}
