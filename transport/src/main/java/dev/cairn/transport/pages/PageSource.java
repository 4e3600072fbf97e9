package dev.cairn.transport.pages;

import dev.cairn.transport.link.Link;
import java.io.Closeable;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.BiConsumer;
import java.util.function.Supplier;

/**
 * One source of pages while it runs, and the thread that asks it: a link may be full, and nobody
 * else waits for that. Thread-safe.
 */
final class PageSource implements Closeable {
  /** What is to be asked, and the memory of its answer. */
  record Sending(PageAsk ask, MemorySegment entries, MemorySegment pages) {}

  private final String name;
  private final int order;
  private final Supplier<Optional<Link>> urgent;
  private final LinkedBlockingQueue<Optional<Sending>> queue = new LinkedBlockingQueue<>();
  private final BiConsumer<PageSource, Sending> sender;

  /**
   * Makes one, and starts its thread.
   *
   * @param sender asks; also when the source is lost, to be told so
   */
  PageSource(
      String name,
      int order,
      Supplier<Optional<Link>> urgent,
      BiConsumer<PageSource, Sending> sender) {
    this.name = name;
    this.order = order;
    this.urgent = urgent;
    this.sender = sender;
    Thread.ofVirtual().name("cairn-pages " + name).start(this::run);
  }

  private void run() {
    try {
      for (Optional<Sending> next = queue.take(); next.isPresent(); next = queue.take()) {
        sender.accept(this, next.get());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  String name() {
    return name;
  }

  int order() {
    return order;
  }

  Optional<Link> urgent() {
    return urgent.get();
  }

  void add(Sending sending) {
    queue.add(Optional.of(sending));
  }

  /** What is in the queue is still sent, and fails: its memory comes back by that. */
  @Override
  public void close() {
    queue.add(Optional.empty());
  }
}
