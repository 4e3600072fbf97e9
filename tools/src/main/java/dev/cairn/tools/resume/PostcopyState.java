package dev.cairn.tools.resume;

/** Where a postcopy stands; the table is in tools/QEMU.md, Resume. */
enum PostcopyState {
  /** Header, block table, discards and the package are on their way. */
  ADVISE,
  /** The destination loads the devices, and asks for pages already. */
  LISTEN,
  /** The guest runs; pages are sent as it asks, and in between. */
  RUNNING,
  /** All is sent; the destination has not said so yet. */
  END,
  /** The destination has all. */
  DONE,
  /** The connection is gone, the guest runs until it touches a missing page. */
  PAUSED,
  /** Connected anew: which pages are missing is being asked. */
  RECOVERING;

  /** What happens to a transfer. */
  enum Event {
    PACKAGE_SENT,
    RUN_ACKNOWLEDGED,
    ALL_SENT,
    SHUT,
    LINK_LOST,
    RECONNECTED,
    RESUME_ACKNOWLEDGED
  }

  /**
   * Returns the state after an event.
   *
   * @throws IllegalStateException if the event cannot happen here
   */
  PostcopyState after(Event event) {
    PostcopyState next =
        switch (event) {
          case PACKAGE_SENT -> this == ADVISE ? LISTEN : null;
          case RUN_ACKNOWLEDGED -> this == LISTEN ? RUNNING : null;
          case ALL_SENT -> this == RUNNING ? END : null;
          case SHUT -> this == END ? DONE : null;
          case LINK_LOST -> survivesLink() ? PAUSED : null;
          case RECONNECTED -> this == PAUSED ? RECOVERING : null;
          case RESUME_ACKNOWLEDGED -> this == RECOVERING ? RUNNING : null;
        };
    if (next == null) {
      throw new IllegalStateException(event + " in " + this);
    }
    return next;
  }

  /** Tells whether the guest may have run: then it must not be started a second time. */
  boolean survivesLink() {
    return switch (this) {
      case ADVISE, LISTEN, DONE -> false;
      case RUNNING, END, PAUSED, RECOVERING -> true;
    };
  }
}
