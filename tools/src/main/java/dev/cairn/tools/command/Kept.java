package dev.cairn.tools.command;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import org.jspecify.annotations.Nullable;

/**
 * While this is open, who ends the process by SIGINT or SIGTERM is told what is kept, and its exit
 * code is 130. The work is not waited for: at each moment a store is whole, and what was being
 * written has no name yet. Used by one thread.
 */
final class Kept implements AutoCloseable {
  private final Thread hook;
  private final @Nullable Object before;

  /**
   * Begins work that may be interrupted.
   *
   * @param kept what is true of the store at each moment of that work, and how it goes on
   */
  Kept(Console console, String kept) {
    hook = new Thread(() -> console.interrupted(kept), "cairn-kept");
    Runtime.getRuntime().addShutdownHook(hook);
    before = exitBySigterm();
  }

  /**
   * Has SIGTERM end the process as SIGINT does; of itself the JVM's exit code is 143. By
   * reflection: the JDK exports sun.misc.Signal from jdk.unsupported, and the compiler warns of its
   * use without a way to say that it is meant. Where an image has no such module the code stays
   * 143.
   *
   * @return what SIGTERM did before; null if that is not known
   */
  private static @Nullable Object exitBySigterm() {
    try {
      InvocationHandler exit =
          (proxy, method, arguments) -> {
            if (method.getName().equals("handle")) {
              System.exit(ExitCodes.INTERRUPTED);
            }
            return null;
          };
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      ClassLoader loader = Kept.class.getClassLoader();
      return handle(Proxy.newProxyInstance(loader, new Class<?>[] {handler}, exit));
    } catch (ReflectiveOperationException e) {
      return null; // see above
    }
  }

  private static @Nullable Object handle(Object wanted) throws ReflectiveOperationException {
    Class<?> signal = Class.forName("sun.misc.Signal");
    Class<?> handler = Class.forName("sun.misc.SignalHandler");
    return signal
        .getMethod("handle", signal, handler)
        .invoke(null, signal.getConstructor(String.class).newInstance("TERM"), wanted);
  }

  @Override
  public void close() {
    try {
      if (before != null) {
        handle(before);
      }
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // It runs: this process is about to end.
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("SIGTERM cannot be given back", e);
    }
  }
}
