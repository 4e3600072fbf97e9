package dev.cairn.tests.serve;

import dev.cairn.chain.Chain;
import dev.cairn.chain.Checkpointer;
import dev.cairn.chain.Environment;
import dev.cairn.chain.PageImage;
import dev.cairn.chain.Progress;
import dev.cairn.chain.Store;
import dev.cairn.store.Id;
import dev.cairn.store.io.FileSystemDirectory;
import dev.cairn.store.io.FileSystemOptions;
import dev.cairn.tests.NumberedMemory;
import dev.cairn.tests.WholeImage;
import dev.cairn.transport.link.Endpoint;
import dev.cairn.transport.link.FailureException;
import dev.cairn.transport.link.LinkEvents;
import dev.cairn.transport.link.LinkServer;
import dev.cairn.transport.link.LinkSettings;
import dev.cairn.transport.link.ServerSettings;
import dev.cairn.transport.link.Service;
import dev.cairn.transport.peer.Peer;
import dev.cairn.transport.peer.Right;
import dev.cairn.transport.peer.Rights;
import dev.cairn.transport.serve.Administration;
import dev.cairn.transport.serve.StoreService;
import dev.cairn.transport.source.Source;
import dev.cairn.transport.source.SourceSettings;
import dev.cairn.transport.wire.Abilities;
import dev.cairn.transport.wire.ErrorCode;
import dev.cairn.transport.wire.Message;
import dev.cairn.transport.wire.Versions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;

/** A store in a file system and what serves it, at a Unix socket and a port. Not thread-safe. */
final class TestServer implements AutoCloseable {
  static final int PAGES = 256;
  static final NumberedMemory MEMORY = new NumberedMemory(PAGES);

  private final Path directory;
  private final TestClock clock;
  private final SourceSettings.Rates rates;
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private final List<String> log = new CopyOnWriteArrayList<>();
  private final Set<String> hidden = ConcurrentHashMap.newKeySet();
  private volatile Service taker =
      _ -> {
        throw new FailureException(new Message.Failure(ErrorCode.NO_RIGHT, "not here", "", "", ""));
      };
  private volatile boolean lies;
  private Store store;
  private Source source;
  private LinkServer server;
  private Endpoint tcp;

  TestServer(Path directory, TestClock clock) throws IOException {
    this(directory, clock, SourceSettings.Rates.FREE);
  }

  TestServer(Path directory, TestClock clock, SourceSettings.Rates rates) throws IOException {
    this.directory = directory;
    this.clock = clock;
    this.rates = rates;
    Path place = directory.resolve("store");
    if (Files.exists(place)) {
      store = Store.open(open(place), environment());
    } else {
      store = Store.create(FileSystemDirectory.create(place, options()), environment());
    }
    source = new Source(store, settings());
    server = start();
    tcp = listen();
  }

  private static FileSystemOptions options() {
    return FileSystemOptions.standard();
  }

  private static FileSystemDirectory open(Path place) throws IOException {
    return FileSystemDirectory.open(place, options());
  }

  private Environment environment() {
    return new Environment(clock, new SecureRandom(), Duration.ofSeconds(5));
  }

  private SourceSettings settings() {
    return new SourceSettings(
        clock,
        Thread.ofPlatform().daemon().name("source-", 0).factory(),
        rates,
        64L << 20,
        Duration.ofDays(7),
        log::add);
  }

  private LinkServer start() {
    LinkSettings links =
        new LinkSettings(
            System::nanoTime,
            timer,
            Thread.ofPlatform().daemon().name("link-", 0).factory(),
            Thread.ofVirtual().factory(),
            LinkSettings.OWN_PROVIDER,
            LinkSettings.Periods.STANDARD,
            LinkEvents.NONE);
    ServerSettings settings =
        new ServerSettings(
            Abilities.standard(8, "test"),
            Versions.known(),
            Optional.empty(),
            ServerSettings.Limits.STANDARD,
            new SecureRandom());
    Rights rights =
        new Rights() {
          @Override
          public boolean may(Peer peer, Right right, String chain) {
            return !hidden.contains(chain);
          }
        };
    StoreService service =
        new StoreService(
            source, rights, session -> taker.open(session), new Administration(source::setRate));
    return new LinkServer(
        links, settings, session -> new LyingSession(service.open(session), () -> lies));
  }

  private Endpoint listen() throws IOException {
    LinkServer.Security open = new LinkServer.Security(Optional.empty(), false);
    server.listen(unix(), open);
    return server.listen(Endpoint.parse("tcp:127.0.0.1:0"), open).endpoint();
  }

  Endpoint tcp() {
    return tcp;
  }

  Endpoint unix() {
    return new Endpoint.Unix(directory.resolve("serve.sock"));
  }

  Store store() {
    return store;
  }

  Source source() {
    return source;
  }

  /** Returns what was told. */
  List<String> log() {
    return log;
  }

  /** Who sends comes to this from now on. */
  void take(Service service) {
    taker = service;
  }

  /** Nobody may see a chain any more. */
  void hide(String chain) {
    hidden.add(chain);
  }

  /** From now on it answers PAGES with other bytes than those that were asked for. */
  void lie() {
    lies = true;
  }

  /** Ends what serves and begins anew, as a restart of the process does. */
  void restart() throws IOException {
    end();
    store = Store.open(open(directory.resolve("store")), environment());
    source = new Source(store, settings());
    server = start();
    tcp = listen();
  }

  private void end() throws IOException {
    server.close();
    source.close();
    store.close();
  }

  /** Makes points 0 to {@code last} of a chain. */
  void fill(String name, int last) throws IOException {
    try (Chain chain = store.create(name, NumberedMemory.PAGE_SIZE)) {
      for (int i = 0; i <= last; i++) {
        checkpoint(chain, new WholeImage(MEMORY.at(i)));
      }
    }
  }

  /** Returns the checkpoint id of a point of chain {@code vm}. */
  Id id(long point) throws IOException {
    try (Chain chain = store.open("vm")) {
      return chain.restorePoints().stream()
          .filter(p -> p.checkpoint() == point)
          .findFirst()
          .orElseThrow()
          .point()
          .id();
    }
  }

  /** Adds a point. */
  static void checkpoint(Chain chain, PageImage image) throws IOException {
    new Checkpointer(chain).checkpoint(image, Checkpointer.Options.DEFAULT, Progress.NONE);
  }

  @Override
  public void close() throws IOException {
    end();
    timer.shutdownNow();
  }
}
