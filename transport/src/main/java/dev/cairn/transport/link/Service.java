package dev.cairn.transport.link;

import java.io.IOException;

/** Serves sessions. Thread-safe. */
@FunctionalInterface
public interface Service {
  /**
   * A client has said HELLO on a control link, and fits. Called before WELCOME, within the
   * handshake's deadline; its links are not there yet.
   *
   * @throws IOException to refuse it, as {@link Requests} says
   */
  SessionService open(Session session) throws IOException;

  /** Serves one session. Thread-safe. */
  interface SessionService {
    /** A link is READY; called before anything is read from it. The first one is control. */
    Requests ready(Link link);

    /** The control link is gone, and with it the others; the last call. */
    void ended();
  }
}
