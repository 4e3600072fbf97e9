package dev.cairn.tests.serve;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.chain.Store;
import dev.cairn.transport.link.ClientSettings;
import dev.cairn.transport.link.Endpoint;
import dev.cairn.transport.link.LinkEvents;
import dev.cairn.transport.link.LinkServer;
import dev.cairn.transport.link.LinkSettings;
import dev.cairn.transport.link.ServerSettings;
import dev.cairn.transport.pages.PageTrace;
import dev.cairn.transport.receive.Postcopy;
import dev.cairn.transport.receive.Pull;
import dev.cairn.transport.receive.PullState;
import dev.cairn.transport.receive.ReceiveListener;
import dev.cairn.transport.receive.ReceiveSettings;
import dev.cairn.transport.receive.Received;
import dev.cairn.transport.receive.Wanted;
import dev.cairn.transport.wire.Abilities;
import dev.cairn.transport.wire.Versions;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * A pull with a door, by a thread of its own, whose blocks come when the test says so. Closing it
 * ends it, whatever it does. Thread-safe.
 */
final class PostcopyPull implements AutoCloseable {
  private static final long SECONDS = 120;
  private static final int SPILL_BYTES = 1 << 20; // most goes into the file

  private final Path socket;
  private final int point;
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private final LinkSettings links = LinkSettings.standard(timer, LinkEvents.NONE);
  private final CountDownLatch ready = new CountDownLatch(1);
  private final Semaphore blocks = new Semaphore(0);
  private final List<String> told = new CopyOnWriteArrayList<>();
  private final List<String> asked = new CopyOnWriteArrayList<>();
  private final List<String> running = new CopyOnWriteArrayList<>();
  private final CompletableFuture<Received> end = new CompletableFuture<>();
  private volatile long certified;
  private volatile long wanted;
  private volatile boolean held;
  private volatile Thread thread = Thread.currentThread();

  private PostcopyPull(Path socket, int point) {
    this.socket = socket;
    this.point = point;
  }

  static PostcopyPull start(Store store, Path socket, int point, List<String> from) {
    PostcopyPull pull = new PostcopyPull(socket, point);
    ClientSettings client =
        new ClientSettings(Abilities.standard(2, "test"), Versions.known(), Optional.empty());
    Pull work =
        new Pull(
            store,
            new Wanted("vm", String.valueOf(point), false, false, "vm", from),
            pull.settings(from.size()),
            new Pull.Client(pull.links, Collections.nCopies(from.size(), client)),
            Optional.of(new Postcopy(SPILL_BYTES, pull::door, pull.new Trace())),
            pull.new Listener());
    pull.thread =
        Thread.ofPlatform()
            .daemon()
            .name("pull")
            .start(
                () -> {
                  try {
                    pull.end.complete(work.run());
                  } catch (IOException | RuntimeException e) {
                    pull.end.completeExceptionally(e);
                  }
                });
    return pull;
  }

  private ReceiveSettings settings(int sources) {
    return new ReceiveSettings(
        false,
        0,
        2 * sources,
        this::pace,
        Duration.ofSeconds(30),
        Duration.ofSeconds(2),
        System::nanoTime,
        new SecureRandom());
  }

  /** Metadata and device state come freely, blocks behind them one by one. */
  private void pace(int bytes) throws InterruptedException {
    if (held) {
      blocks.acquire();
    }
  }

  private LinkServer door(dev.cairn.transport.link.Service service) throws IOException {
    held = true;
    ServerSettings settings =
        new ServerSettings(
            Abilities.standard(8, "test"),
            Versions.known(),
            Optional.empty(),
            ServerSettings.Limits.STANDARD,
            new SecureRandom());
    LinkServer server = new LinkServer(links, settings, service);
    server.listen(new Endpoint.Unix(socket), new LinkServer.Security(Optional.empty(), false));
    return server;
  }

  private final class Listener implements ReceiveListener {
    @Override
    public void ready(String chain, long number) {
      ready.countDown();
    }

    @Override
    public void running(String source) {
      running.add(source);
    }

    @Override
    public void lost(String source, String why) {
      told.add(source + ": " + why);
    }

    @Override
    public void changed(String source) {
      told.add("changed to " + source);
    }

    @Override
    public void state(PullState state) {
      told.add(state.toString());
    }

    @Override
    public void progress(long bytes, long all) {
      certified = bytes;
      wanted = all;
    }
  }

  private final class Trace implements PageTrace {
    @Override
    public void asked(String source, int block, long page, int count, Why why) {
      asked.add(source + " " + page + "+" + count + " " + why);
    }

    @Override
    public void refused(String source, int block, long page, int count, IOException why) {
      told.add(source + ": page " + page + ": " + why);
    }
  }

  private void await(BooleanSupplier what, String words) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
    while (!what.getAsBoolean()) {
      assertTrue(System.nanoTime() < deadline, () -> words + "; " + told());
      assertTrue(!end.isCompletedExceptionally(), () -> words + "; " + end);
      Thread.sleep(5);
    }
  }

  void awaitReady() throws InterruptedException {
    await(() -> ready.getCount() == 0, "it is ready in time");
  }

  /** Waits until so many sources have answered. */
  void awaitRunning(int sources) throws InterruptedException {
    await(() -> running.stream().distinct().count() >= sources, "sources answer");
  }

  /** Waits until a source was asked so often. */
  void awaitAsked(String source, int times) throws InterruptedException {
    await(
        () -> asked.stream().filter(each -> each.startsWith(source)).count() >= times,
        source + " is asked");
  }

  /** Waits until a source was told of as one that gives wrong pages. */
  void awaitRefused(String source) throws InterruptedException {
    await(
        () -> told.stream().anyMatch(each -> each.startsWith(source + ": page ")),
        source + " is found out");
  }

  PointClient client() throws Exception {
    return PointClient.open(socket, links, "vm", String.valueOf(point));
  }

  void letBlocksCome(int count) {
    blocks.release(count);
  }

  void letBlocksCome() {
    held = false;
    blocks.release(1 << 20);
  }

  long certifiedBytes() {
    return certified;
  }

  long wantedBytes() {
    return wanted;
  }

  String told() {
    return certified + " of " + wanted + " bytes; " + told;
  }

  /** Returns what was asked, but for what was asked first. */
  List<String> asked() {
    return asked.stream().filter(each -> !each.endsWith("WANTED")).toList();
  }

  /** Tells whether a source was asked for a page. */
  boolean wasAsked(String source, long page) {
    return asked.stream().anyMatch(each -> each.startsWith(source + " " + page + "+"));
  }

  /** Returns how often the state of another source took the place of what was to come. */
  long changes() {
    return told.stream().filter(each -> each.startsWith("changed to ")).count();
  }

  void awaitCertified(long bytes) throws InterruptedException {
    await(() -> certified >= bytes, "blocks come");
  }

  /** Waits for its end. */
  Received await() throws Exception {
    return end.get(SECONDS, TimeUnit.SECONDS);
  }

  @Override
  public void close() {
    letBlocksCome();
    if (!end.isDone()) {
      thread.interrupt();
    }
    try {
      thread.join(TimeUnit.SECONDS.toMillis(SECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    timer.shutdownNow();
  }
}
