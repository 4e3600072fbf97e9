package dev.cairn.transport.verbs;

import com.ibm.disni.verbs.RdmaProvider;
import java.lang.reflect.Field;
import java.util.concurrent.locks.ReentrantLock;

/**
 * DiSNI's provider over rdma-core. Thread-safe. There is one in a process: DiSNI keeps it in a
 * field of its own, without a way to give it one, and each of its objects asks that field.
 */
public final class NativeProvider extends RdmaProvider {
  private static final ReentrantLock OPENING = new ReentrantLock();
  private final NativeCm cm;
  private final NativeVerbs verbs;

  private NativeProvider(NativeCalls calls) {
    verbs = new NativeVerbs(calls);
    cm = new NativeCm(calls, verbs);
  }

  /**
   * Returns the provider; the first call loads the libraries and gives it to DiSNI.
   *
   * @throws VerbsException if there is no RDMA here; says what to do
   */
  public static NativeProvider open() throws VerbsException {
    OPENING.lock();
    try {
      Field field = RdmaProvider.class.getDeclaredField("provider");
      field.setAccessible(true);
      if (field.get(null) instanceof NativeProvider known) {
        return known;
      }
      NativeProvider made = new NativeProvider(NativeCalls.load());
      field.set(null, made);
      return made;
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("DiSNI 2.1 has a field `provider`", e);
    } finally {
      OPENING.unlock();
    }
  }

  @Override
  public NativeCm openCm() {
    return cm;
  }

  @Override
  public NativeVerbs openVerbs() {
    return verbs;
  }

  /** Returns that of DiSNI's native library which has these calls. */
  @Override
  public int getVersion() {
    return 33;
  }
}
