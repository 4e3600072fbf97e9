package dev.cairn.transport.pages;

import dev.cairn.transport.link.Link;
import java.util.Optional;
import java.util.function.Supplier;

/** One source of pages while it runs. Guarded by its {@link PageAsker}. */
final class PageSource {
  private final String name;
  private final int order;
  private final Supplier<Optional<Link>> urgent;
  private int outstanding;

  PageSource(String name, int order, Supplier<Optional<Link>> urgent) {
    this.name = name;
    this.order = order;
    this.urgent = urgent;
  }

  String name() {
    return name;
  }

  int order() {
    return order;
  }

  /** Returns its urgent link, while there is one. */
  Optional<Link> urgent() {
    return urgent.get();
  }

  /** Tells whether a request can be sent without waiting; where there is no link, it fails. */
  boolean hasRoom() {
    return urgent.get().map(link -> outstanding < link.agreement().ofClient()).orElse(true);
  }

  void begin() {
    outstanding++;
  }

  void end() {
    outstanding--;
  }
}
