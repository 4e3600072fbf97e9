package dev.cairn.transport.receive;

import dev.cairn.chain.Store;
import dev.cairn.store.BadInputException;
import dev.cairn.store.BusyException;
import dev.cairn.store.RefusedException;
import dev.cairn.store.StoreException;
import dev.cairn.transport.link.Backoff;
import dev.cairn.transport.link.ClientSettings;
import dev.cairn.transport.link.FailureException;
import dev.cairn.transport.link.LinkSettings;
import dev.cairn.transport.verbs.VerbsException;
import dev.cairn.transport.wire.ErrorCode;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One pull: a receiver that connects. For one thread; its sources have threads of their own.
 * transport/PROTOCOL.md, Pull.
 */
public final class Pull {
  /** So long a source may take to let a hold go. */
  private static final Duration RELEASE = Duration.ofSeconds(5);

  /**
   * What a client has of the world around it. Immutable.
   *
   * @param links of all sources
   * @param clients what it is to each source, in the order in which they are wanted
   */
  public record Client(LinkSettings links, List<ClientSettings> clients) {
    public Client {
      clients = List.copyOf(clients);
    }
  }

  private final Store store;
  private final Wanted wanted;
  private final ReceiveSettings settings;
  private final Client client;
  private final ReceiveListener listener;
  private final Optional<PageDesk> desk;

  /**
   * @param wanted whose sources are URIs of endpoints
   * @param postcopy if others get its pages while it is coming
   */
  public Pull(
      Store store,
      Wanted wanted,
      ReceiveSettings settings,
      Client client,
      Optional<Postcopy> postcopy,
      ReceiveListener listener) {
    this.desk = postcopy.map(with -> new PageDesk(with, wanted.name(), settings.nanoTime()));
    this.store = store;
    this.wanted = wanted;
    this.settings = settings;
    this.client = client;
    this.listener = listener;
  }

  /**
   * Receives what is wanted; after a failure the same pull goes on where it was. Where others get
   * pages meanwhile it waits without end for sources, and at the end until nobody reads.
   *
   * @throws dev.cairn.store.BusyException if what is here is no older state of it, or another
   *     process is at it
   * @throws FailureException if a source says no, and no other one says yes
   * @throws IOException if there was no source for {@link ReceiveSettings#patience}
   */
  public Received run() throws IOException {
    List<SourceKeeper> keepers = new ArrayList<>();
    try {
      for (int i = 0; i < wanted.sources().size(); i++) {
        keepers.add(
            new SourceKeeper(
                wanted.sources().get(i), client.links(), client.clients().get(i), listener));
      }
      try (Reception reception = begin(keepers)) {
        try {
          return finish(reception, keepers);
        } finally {
          closeAll(keepers); // before the memory goes that they fetch into
        }
      }
    } finally {
      closeAll(keepers);
    }
  }

  /** May be called twice. */
  private static void closeAll(List<SourceKeeper> keepers) {
    keepers.forEach(SourceKeeper::close);
  }

  /** The first source that answers says what comes. */
  private Reception begin(List<SourceKeeper> keepers) throws IOException {
    Reception.Around around = new Reception.Around(store, wanted, settings, listener, desk);
    boolean isNew = !store.chainNames().contains(wanted.name());
    long deadline = settings.nanoTime().getAsLong() + settings.patience().toNanos();
    Backoff waits = new Backoff();
    while (true) {
      IOException last = new IOException("no source was named");
      boolean refused = true;
      Map<String, String> silent = new LinkedHashMap<>();
      for (SourceKeeper keeper : keepers) {
        try {
          keeper.connect();
          return Reception.begin(around, keeper.control(), keeper.uri());
        } catch (IOException e) {
          if (isFinal(e) || isOfThisHost(e)) {
            listener.lost(keeper.uri(), String.valueOf(e.getMessage()));
          } else {
            refused = false;
            if (!isAskedToWait(e)) {
              silent.put(keeper.uri(), e.getMessage() + "; trying again");
            }
          }
          keeper.disconnect();
          e.addSuppressed(last);
          last = e;
        }
      }
      if (refused || settings.nanoTime().getAsLong() - deadline >= 0) {
        if (isNew) {
          ChainHere.takeBack(store, wanted.name(), last); // a hold that is there ends by its time
        }
        throw last;
      }
      silent.forEach(listener::lost); // who waits is told for what
      sleep(waits.next());
    }
  }

  /** Tells whether it is of no use to ask the same again soon. */
  static boolean isFinal(IOException e) {
    return e instanceof RefusedException
        || e instanceof StoreException
        || e.getCause() instanceof BadInputException // it breaks the protocol, and will again
        || (e instanceof FailureException failure
            && failure.code() != ErrorCode.TOO_MUCH
            && failure.code() != ErrorCode.FAILED);
  }

  /** A source that is there, and has its clients take turns, is nothing to be told of. */
  private static boolean isAskedToWait(IOException e) {
    return e instanceof FailureException failure && failure.code() == ErrorCode.TOO_MUCH;
  }

  /**
   * Tells whether this host has no RDMA, which does not come soon: a pull that runs waits for it.
   */
  private static boolean isOfThisHost(IOException e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof VerbsException verbs && verbs.isOfThisHost()) {
        return true;
      }
    }
    return false;
  }

  private static void sleep(Duration wait) throws InterruptedIOException {
    try {
      Thread.sleep(wait);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted before a source answered");
    }
  }

  private Received finish(Reception reception, List<SourceKeeper> keepers) throws IOException {
    Sources sources =
        new Sources(reception, keepers.size(), settings, listener, client.links().timer());
    for (SourceKeeper keeper : keepers) {
      keeper.keep(reception, sources, keeper.isConnected());
    }
    Thread teller = Thread.ofVirtual().name("cairn-pull-progress").start(() -> tell(reception));
    Received received;
    try (sources) {
      received = reception.finish(links(keepers));
    } catch (BusyException e) {
      if (reception.wasRefused()) {
        release(reception, keepers);
        reception.clear();
      }
      throw e;
    } finally {
      teller.interrupt();
    }
    reception.tell();
    release(reception, keepers);
    reception.clear();
    reception.awaitReaders();
    return received;
  }

  private static SourceLinks links(List<SourceKeeper> keepers) {
    return new SourceLinks() {
      @Override
      public ControlLink control(String source) throws IOException {
        for (SourceKeeper keeper : keepers) {
          if (keeper.uri().equals(source)) {
            return keeper.control();
          }
        }
        throw new IllegalArgumentException(source);
      }

      @Override
      public void beginAnew() {
        keepers.forEach(SourceKeeper::disconnect);
      }
    };
  }

  private static void tell(Reception reception) {
    try {
      while (true) {
        reception.tell();
        Thread.sleep(200);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** What is left ends by its time. */
  private static void release(Reception reception, List<SourceKeeper> keepers) {
    Thread releaser =
        Thread.ofVirtual()
            .name("cairn-pull-release")
            .start(() -> keepers.forEach(keeper -> keeper.release(reception)));
    try {
      if (!releaser.join(RELEASE)) {
        releaser.interrupt();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
