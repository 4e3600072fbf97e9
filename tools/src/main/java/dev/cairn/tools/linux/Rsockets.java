package dev.cairn.tools.linux;

/**
 * Whether this process's TCP sockets are rsockets: whoever starts it with {@code
 * LD_PRELOAD=librspreload.so} has them go over RDMA, and the kernel does not know them. Stateless.
 */
public final class Rsockets {
  private static final String PRELOAD = "LD_PRELOAD";
  private static final String LIBRARY = "librspreload";

  private Rsockets() {}

  /** Tells whether they are. */
  public static boolean areUsed() {
    String preloaded = System.getenv(PRELOAD);
    return preloaded != null && preloaded.contains(LIBRARY);
  }
}
