package dev.cairn.transport.link;

import dev.cairn.transport.verbs.RdmaLibrary;
import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.function.LongSupplier;

/**
 * What links have of the world around them. Immutable.
 *
 * @param nanoTime as {@link System#nanoTime}
 * @param timer runs what is due; nothing that it runs waits. The caller's: closed after the links
 * @param threads makes those that read links
 * @param helpers makes those that connect, accept, shake hands and say a word between: virtual,
 *     unless sockets are not the kernel's (see {@link #withoutVirtualThreads})
 * @param rdmaProvider who makes the calls of RDMA: {@link #OWN_PROVIDER}, or {@code disni} for
 *     DiSNI's own library
 * @param periods how long is how long
 * @param events told what a person may want to know
 */
public record LinkSettings(
    LongSupplier nanoTime,
    ScheduledExecutorService timer,
    ThreadFactory threads,
    ThreadFactory helpers,
    String rdmaProvider,
    Periods periods,
    LinkEvents events) {
  /** Our own calls of RDMA. */
  public static final String OWN_PROVIDER = RdmaLibrary.OWN;

  /**
   * How long is how long.
   *
   * @param ping a side that has sent nothing for so long sends PING
   * @param lost a link on which nothing came for so long has ended
   * @param stuck a peer that took nothing for so long, while there was something, has ended
   * @param handshake from accept or connect to WELCOME, with everything that lies between
   */
  public record Periods(Duration ping, Duration lost, Duration stuck, Duration handshake) {
    /** Those of transport/PROTOCOL.md. */
    public static final Periods STANDARD =
        new Periods(
            Duration.ofSeconds(2),
            Duration.ofSeconds(6),
            Duration.ofSeconds(30),
            Duration.ofSeconds(5));
  }

  /** Returns those of this machine: platform threads read, virtual ones do the rest. */
  public static LinkSettings standard(ScheduledExecutorService timer, LinkEvents events) {
    return new LinkSettings(
        System::nanoTime,
        timer,
        Thread.ofPlatform().daemon().name("cairn-link-", 0).factory(),
        Thread.ofVirtual().factory(),
        OWN_PROVIDER,
        Periods.STANDARD,
        events);
  }

  /**
   * Returns the same for sockets that no epoll knows, as librspreload.so makes them: a virtual
   * thread would wait for them by epoll, a platform thread waits in a call that is theirs.
   */
  public LinkSettings withoutVirtualThreads() {
    ThreadFactory made = Thread.ofPlatform().daemon().factory();
    return new LinkSettings(nanoTime, timer, threads, made, rdmaProvider, periods, events);
  }

  /**
   * Returns the same with another provider for RDMA; one that is unknown fails where it is used.
   */
  public LinkSettings withRdmaProvider(String provider) {
    return new LinkSettings(nanoTime, timer, threads, helpers, provider, periods, events);
  }

  /**
   * Starts a thread that uses links, and does not read one.
   *
   * @param name of the thread
   */
  public Thread help(String name, Runnable task) {
    Thread made = helpers.newThread(task);
    made.setName(name);
    made.start();
    return made;
  }

  /** Returns how long nothing has to have come; see {@link Periods}. */
  public Duration lost() {
    return periods.lost();
  }
}
