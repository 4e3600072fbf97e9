package dev.cairn.tools.linux;

import dev.cairn.transport.link.LinkEvents;
import dev.cairn.transport.link.LinkSettings;
import java.util.concurrent.ScheduledExecutorService;

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

  /** Returns the settings of links that fit this process's sockets. */
  public static LinkSettings fit(LinkSettings links) {
    return areUsed() ? links.withoutVirtualThreads() : links;
  }

  /** Returns those of a client. */
  public static LinkSettings standard(ScheduledExecutorService timer, LinkEvents events) {
    return fit(LinkSettings.standard(timer, events));
  }
}
