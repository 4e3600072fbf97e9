package dev.cairn.transport.receive;

import dev.cairn.transport.link.Service;
import dev.cairn.transport.pages.PageTrace;
import java.io.Closeable;
import java.io.IOException;

/**
 * That others get the point's pages while it is coming, and how. Immutable.
 *
 * @param spillBytes of memory for pages that come before their blocks; more go into a file
 * @param door where they ask
 * @param trace is told which pages are asked of whom
 */
public record Postcopy(long spillBytes, Door door, PageTrace trace) {
  /** Lets others in. */
  @FunctionalInterface
  public interface Door {
    /**
     * Opens.
     *
     * @return what shuts it; all links have ended then
     */
    Closeable open(Service service) throws IOException;
  }
}
