package dev.cairn.tools.linux;

import dev.cairn.transport.link.LinkEvents;
import dev.cairn.transport.link.LinkSettings;
import java.util.concurrent.ScheduledExecutorService;

/** Links as this process's environment wants them. Stateless. */
public final class HostLinks {
  private static final String PROVIDER = "CAIRN_RDMA_PROVIDER";

  private HostLinks() {}

  /** Returns the settings of links that fit this process's sockets and library of RDMA. */
  public static LinkSettings fit(LinkSettings links) {
    LinkSettings fitting = Rsockets.areUsed() ? links.withoutVirtualThreads() : links;
    String provider = System.getenv(PROVIDER);
    return provider == null || provider.isEmpty() ? fitting : fitting.withRdmaProvider(provider);
  }

  /** Returns those of a client. */
  public static LinkSettings standard(ScheduledExecutorService timer, LinkEvents events) {
    return fit(LinkSettings.standard(timer, events));
  }
}
