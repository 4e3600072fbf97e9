package dev.cairn.tools.command;

import dev.cairn.chain.Store;
import dev.cairn.store.BusyException;
import dev.cairn.store.Id;
import dev.cairn.store.io.FileSystemDirectory;
import dev.cairn.store.io.StoreLock;
import dev.cairn.tools.capture.StoreRoom;
import dev.cairn.tools.linux.HostLinks;
import dev.cairn.transport.link.Endpoint;
import dev.cairn.transport.link.LinkEvents;
import dev.cairn.transport.link.LinkServer;
import dev.cairn.transport.link.LinkSettings;
import dev.cairn.transport.link.Listener;
import dev.cairn.transport.link.ServerSettings;
import dev.cairn.transport.link.Service;
import dev.cairn.transport.peer.PeerTokens;
import dev.cairn.transport.peer.Rights;
import dev.cairn.transport.peer.RightsFile;
import dev.cairn.transport.peer.TokensFile;
import dev.cairn.transport.rate.RateLimiter;
import dev.cairn.transport.receive.OfferService;
import dev.cairn.transport.receive.Pace;
import dev.cairn.transport.receive.ReceiveListener;
import dev.cairn.transport.receive.ReceiveSettings;
import dev.cairn.transport.serve.Administration;
import dev.cairn.transport.serve.ChainGauges;
import dev.cairn.transport.serve.ChainMetrics;
import dev.cairn.transport.serve.LinkCounters;
import dev.cairn.transport.serve.ServeMetrics;
import dev.cairn.transport.serve.StoreService;
import dev.cairn.transport.source.Source;
import dev.cairn.transport.source.SourceSettings;
import dev.cairn.transport.tls.TlsCredentials;
import dev.cairn.transport.wire.Abilities;
import dev.cairn.transport.wire.Versions;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;

/** Serves one store, from the opened store to the end. {@link #stop} is for any thread. */
final class ServeRun {
  /** The socket of a store's server, within the store's directory. */
  static final String SOCKET = "run/serve.sock";

  /** Held by a store's server: who looks at it tells which process that is. */
  static final String LOCK = "run/serve.lock";

  /** What a server is told. */
  record Options(
      List<Endpoint> listen,
      Guards guards,
      SourceSettings.Rates rates,
      Duration holdTime,
      Taking taking,
      Optional<Endpoint.Internet> metrics) {}

  /** Who may come, and how. */
  record Guards(
      Optional<Path> auth,
      Optional<Path> tokens,
      Optional<TlsCredentials> credentials,
      boolean insecure) {}

  /** What may be sent here. */
  record Taking(boolean mirror, long reserveBytes) {}

  /** So long an older session of the same offer may take to end. */
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /** A server that was told to end may still be at it. */
  private static final Duration LOCK_PATIENCE = Duration.ofMillis(500);

  private final RootCommand root;
  private final Options options;
  private final EventLog log;
  private final CountDownLatch stopped = new CountDownLatch(1);

  ServeRun(RootCommand root, Options options) {
    this.root = root;
    this.options = options;
    this.log = new EventLog(root.console(), System::nanoTime);
  }

  /** Ends it soon: who is being served is told. */
  void stop() {
    stopped.countDown();
  }

  /**
   * Serves until it is stopped.
   *
   * @param begun told when clients can come
   */
  void run(Runnable begun) throws IOException {
    requireCredentials();
    Path path = root.storePath();
    // Reads of files are of a thread of their own: a slow disk must not hold up those who serve
    // pages that are at hand, as it would on the few carriers of virtual threads.
    ThreadFactory threads = Thread.ofPlatform().daemon().name("cairn-serve-", 0).factory();
    LinkCounters links = new LinkCounters(new LinksToLog(log));
    try (Store store = root.openStore();
        FileSystemDirectory directory = FileSystemDirectory.open(path, root.fileSystemOptions());
        FileSystemDirectory run = directory.makeDirectory("run");
        StoreLock _ = lock(run);
        ScheduledExecutorService timer = Timers.of(threads);
        ScheduledExecutorService keeper = Timers.of(threads);
        Source source = new Source(store, settings(threads));
        LinkServer server =
            new LinkServer(
                HostLinks.fit(
                    new LinkSettings(
                        System::nanoTime,
                        timer,
                        threads,
                        Thread.ofVirtual().factory(),
                        LinkSettings.OWN_PROVIDER,
                        LinkSettings.Periods.STANDARD,
                        links)),
                serverSettings(),
                service(store, source))) {
      listen(server, new Endpoint.Unix(path.resolve(SOCKET)));
      for (Endpoint endpoint : options.listen()) {
        listen(server, endpoint);
      }
      Future<?> _ = keeper.scheduleWithFixedDelay(() -> keepHolds(source), 1, 1, TimeUnit.HOURS);
      ServeMetrics metrics =
          new ServeMetrics(
              new ChainMetrics(new ChainGauges(store), Clock.systemUTC()), source, links);
      StoreMetrics room =
          new StoreMetrics(store, new StoreRoom(path, options.taking().reserveBytes(), 0));
      await(() -> metrics.text() + room.text(), begun);
    }
  }

  private static StoreLock lock(FileSystemDirectory run) throws IOException {
    try {
      return run.lock(LOCK.substring(LOCK.lastIndexOf('/') + 1), LOCK_PATIENCE);
    } catch (BusyException e) {
      throw new BusyException("this store has a server already; see: cairn status");
    }
  }

  private void await(MetricsServer.Metrics metrics, Runnable begun) throws IOException {
    if (options.metrics().isEmpty()) {
      begun.run();
      await();
      return;
    }
    Endpoint.Internet endpoint = options.metrics().get();
    try (MetricsServer http = MetricsServer.start(endpoint, metrics)) {
      say("metrics", new Endpoint.Internet(false, endpoint.host(), http.port()).toString());
      begun.run();
      await();
    }
  }

  private void await() throws InterruptedIOException {
    try {
      stopped.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted");
    }
  }

  private void requireCredentials() {
    Optional<TlsCredentials> credentials = options.guards().credentials();
    for (Endpoint endpoint : options.listen()) {
      boolean tls = endpoint instanceof Endpoint.Internet internet && internet.tls();
      if (tls && credentials.isEmpty()) {
        throw new UsageException("--listen " + endpoint + ": expected --tls-creds DIR, or --tls-…");
      }
      if (tls && options.guards().tokens().isEmpty() && !credentials.get().hasAuthority()) {
        throw new UsageException(
            "--listen "
                + endpoint
                + ": expected --tls-ca FILE (clients show certificates), or --tokens FILE (they"
                + " show tokens): else nobody can show who he is");
      }
    }
  }

  private SourceSettings settings(ThreadFactory threads) {
    return new SourceSettings(
        RateLimiter.Timing.system(),
        threads,
        options.rates(),
        Runtime.getRuntime().maxMemory() / 2,
        options.holdTime(),
        log::event);
  }

  private ServerSettings serverSettings() throws IOException {
    Optional<Path> file = options.guards().tokens();
    Optional<PeerTokens> tokens =
        file.isEmpty() ? Optional.empty() : Optional.of(TokensFile.open(file.get(), log::event));
    return new ServerSettings(
        Abilities.standard(Abilities.MOST_STREAMS, LinkOptions.SOFTWARE),
        Versions.known(),
        tokens,
        ServerSettings.Limits.STANDARD,
        new SecureRandom());
  }

  private Service service(Store store, Source source) throws IOException {
    Optional<Path> auth = options.guards().auth();
    Rights rights =
        auth.isEmpty() ? Rights.withoutNames() : RightsFile.open(auth.get(), log::event);
    return new StoreService(
        source,
        rights,
        taker(store, rights),
        new Administration(
            rate -> {
              source.setRate(rate);
              log.event("the rate in all is " + ByteRate.text(rate) + " from now on");
            }));
  }

  /** Serves who sends. */
  private Service taker(Store store, Rights rights) {
    return new OfferService(
        store,
        rights,
        new ReceiveSettings(
            options.taking().mirror(),
            options.taking().reserveBytes(),
            Abilities.MOST_STREAMS,
            Pace.FREE,
            PATIENCE,
            PATIENCE,
            System::nanoTime,
            new SecureRandom()),
        new TakenToLog(log));
  }

  /** Tells of what is sent here. */
  private record TakenToLog(EventLog log) implements ReceiveListener {
    @Override
    public void coming(String chain, long point, Id checkpoint) {
      log.event("taking " + chain + "@" + point + ", checkpoint " + checkpoint);
    }

    @Override
    public void lost(String source, String why) {
      log.event(source + ": " + why);
    }
  }

  private void listen(LinkServer server, Endpoint endpoint) throws IOException {
    Listener listener =
        server.listen(
            endpoint,
            new LinkServer.Security(options.guards().credentials(), options.guards().insecure()));
    say("listening", listener.endpoint().toString());
  }

  private void say(String what, String where) {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("message_type", what);
    row.put("endpoint", where);
    root.console().object(row);
    root.console().event(what + ": " + where);
  }

  private void keepHolds(Source source) {
    try {
      source.keepHolds();
    } catch (IOException | RuntimeException e) {
      log.event("holds could not be looked after, it is tried again: " + e);
    }
  }

  /** Tells of what a person would act on. */
  private record LinksToLog(EventLog log) implements LinkEvents {
    @Override
    public void fault(String link, IOException why) {
      log.event(link + ": broke the protocol: " + why.getMessage());
    }

    @Override
    public void refused(String peer, IOException why) {
      log.event(peer + ": not let in: " + why.getMessage());
    }
  }
}
