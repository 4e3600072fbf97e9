package dev.cairn.transport.link;

import java.io.IOException;

/** What a person or a counter may want to know of links. Thread-safe; must not wait. */
public interface LinkEvents {
  /** Nobody wants to know. */
  LinkEvents NONE = new LinkEvents() {};

  /** A peer broke the protocol, and its link was ended (2). */
  default void fault(String link, IOException why) {}

  /** A request could not be answered, and its peer was told. */
  default void failed(String link, IOException why) {}

  /** Somebody was not let in. */
  default void refused(String peer, IOException why) {}

  /** A link was lost, for another reason than that this side has ended it. */
  default void lost(String link, LinkLostException why) {}
}
