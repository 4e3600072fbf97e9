package dev.cairn.tools.command;

import dev.cairn.chain.Chain;
import dev.cairn.chain.ChainName;
import dev.cairn.chain.Incoming;
import dev.cairn.chain.Progress;
import dev.cairn.chain.Store;
import dev.cairn.chain.manifest.IncomingState;
import dev.cairn.store.Id;
import dev.cairn.tools.linux.HostLinks;
import dev.cairn.transport.link.ClientSettings;
import dev.cairn.transport.link.Endpoint;
import dev.cairn.transport.link.LinkEvents;
import dev.cairn.transport.link.LinkLostException;
import dev.cairn.transport.link.LinkSettings;
import dev.cairn.transport.pages.PageTrace;
import dev.cairn.transport.rate.RateLimiter;
import dev.cairn.transport.receive.Pace;
import dev.cairn.transport.receive.Postcopy;
import dev.cairn.transport.receive.Pull;
import dev.cairn.transport.receive.PullState;
import dev.cairn.transport.receive.ReceiveListener;
import dev.cairn.transport.receive.ReceiveSettings;
import dev.cairn.transport.receive.Received;
import dev.cairn.transport.receive.Wanted;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code cairn pull}. */
@Command(
    name = "pull",
    description = {
      "brings a chain up to a point here from a cairn serve, or its copy here forward;",
      "after any cut the same command goes on where it was"
    })
final class PullCommand implements Callable<Integer> {
  @ParentCommand RootCommand root = new RootCommand();

  @Parameters(paramLabel = "POINT", description = "CHAIN@N and the like, at the source")
  String point = "";

  @Option(
      names = "--from",
      paramLabel = "URI",
      description =
          "tcp:HOST:PORT, tls:HOST:PORT, rdma:HOST:PORT or unix:PATH of a cairn serve; several:"
              + " each has"
              + " the chain")
  List<String> from = new ArrayList<>();

  @Option(names = "--as", paramLabel = "NAME", description = "here (default: the same name)")
  @Nullable String as;

  @Option(names = "--only", description = "that point alone, into a new chain")
  boolean only;

  @Option(
      names = "--mirror",
      description = "points that the source has forgotten go here, too, and its labels count")
  boolean mirror;

  @Option(
      names = "--reserve",
      paramLabel = "BYTES",
      description = "room that is left on the disk, such as 10G (default: none)")
  @Nullable String reserve;

  @Option(
      names = "--patience",
      paramLabel = "TIME",
      defaultValue = "60s",
      description = "how long to go on without any source (default: ${DEFAULT-VALUE})")
  String patience = "60s";

  @Option(
      names = "--switch-after",
      paramLabel = "TIME",
      defaultValue = "30s",
      description =
          "how long to wait for a file that no source has that answers, before the state of"
              + " another one is taken (default: ${DEFAULT-VALUE})")
  String switchAfter = "30s";

  @Option(
      names = "--postcopy",
      description = {
        "lets resume, uffd-serve and restore read the point at once: what they need comes first;",
        "waits without end for sources, as a guest may depend on it"
      })
  boolean postcopy;

  @Option(
      names = "--buffer",
      paramLabel = "BYTES",
      defaultValue = "64M",
      description =
          "memory for pages that come before their blocks; more go into a file (default:"
              + " ${DEFAULT-VALUE})")
  String buffer = "64M";

  @Option(
      names = "--abandon",
      description =
          "gives up what is coming into CHAIN, and takes away what came of it; its sources are"
              + " asked to let it go, with the same --as, --tls-… and --token as before")
  boolean abandon;

  @Mixin LinkOptions link = new LinkOptions();

  @Override
  public Integer call() throws IOException {
    PointName name = PointName.parse(point);
    String here = ChainName.check(as == null ? name.chain() : as);
    try (Store store = root.openStore()) {
      return abandon ? abandon(store, name.chain(), here) : pull(store, name, here);
    }
  }

  private int pull(Store store, PointName name, String here) throws IOException {
    if (from.isEmpty() || from.size() > IncomingState.MOST_SOURCES) {
      throw new UsageException(
          "--from: expected 1 to " + IncomingState.MOST_SOURCES + " of a cairn serve");
    }
    Duration waits = time("--patience", patience);
    List<ClientSettings> clients = new ArrayList<>();
    for (String uri : from) {
      clients.add(link.settings(LinkOptions.endpoint("--from", uri), root.console()));
    }
    Wanted wanted = new Wanted(name.chain(), name.which(), false, only, here, from);
    String again =
        "what has come is kept; to go on, give the same command; to give it up: cairn pull ";
    try (Kept _ = new Kept(root.console(), again + here + " --abandon");
        ScheduledExecutorService timer = Timers.daemon()) {
      Pull.Client client =
          new Pull.Client(HostLinks.standard(timer, new Faults(root.console())), clients);
      Lines lines = new Lines(root.console(), postcopy);
      Optional<Postcopy> others =
          postcopy ? Optional.of(postcopy(here, client.links())) : Optional.empty();
      tell(new Pull(store, wanted, settings(waits), client, others, lines).run());
      return ExitCodes.DONE;
    }
  }

  private static Duration time(String option, String text) {
    return Durations.parse(text)
        .orElseThrow(() -> new UsageException(option + " " + text + ": expected a time, as 60s"));
  }

  private Postcopy postcopy(String here, LinkSettings links) {
    long bytes =
        ByteSize.parse(buffer)
            .orElseThrow(
                () -> new UsageException("--buffer " + buffer + ": expected bytes, as 64M"));
    Endpoint.Unix socket = ComingSocket.of(root.storePath(), here);
    return new Postcopy(
        bytes,
        service -> ComingSocket.listen(root, socket, links, service),
        new Trace(root.console()));
  }

  private ReceiveSettings settings(Duration waits) {
    long room =
        reserve == null
            ? 0
            : ByteSize.parse(reserve)
                .orElseThrow(
                    () -> new UsageException("--reserve " + reserve + ": expected bytes, as 10G"));
    return new ReceiveSettings(
        mirror,
        room,
        link.streams * Math.max(1, from.size()),
        pace(),
        waits,
        time("--switch-after", switchAfter),
        System::nanoTime,
        new SecureRandom());
  }

  private Pace pace() {
    long rate = link.rate();
    if (rate == RateLimiter.NONE) {
      return Pace.FREE;
    }
    RateLimiter limiter = new RateLimiter(RateLimiter.Timing.system(), rate);
    return bytes -> limiter.take(bytes, () -> false);
  }

  private void tell(Received received) {
    Console console = root.console();
    if (received.wasHere()) {
      console.note("%s@%d is here already", received.chain(), received.point());
    } else {
      console.note(
          "%s@%d is here: %s, %s fetched",
          received.chain(),
          received.point(),
          Console.count(received.files(), "new file"),
          Console.bytes(received.fetchedBytes()));
    }
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("chain", received.chain());
    row.put("checkpoint", received.point());
    row.put("checkpointId", received.checkpoint().toString());
    row.put("wasHere", received.wasHere());
    row.put("files", received.files());
    row.put("fetchedBytes", received.fetchedBytes());
    console.object(row);
  }

  private int abandon(Store store, String there, String here) throws IOException {
    Optional<IncomingState> was;
    Id id;
    try (Chain chain = store.open(here)) {
      was = Incoming.abandon(chain);
      id = chain.manifest().identity().chain();
    }
    boolean empty = store.removeUnused(here, id);
    if (was.isPresent()) {
      new AbandonedHolds(root.console(), link).release(was.get(), there);
    }
    Console console = root.console();
    console.note(
        "what was coming into %s is given up%s",
        here, empty ? "; it had no point, and is gone" : "");
    console.object(
        Fields.of("chain", here).and("wasComing", was.isPresent()).and("removed", empty).map());
    return ExitCodes.DONE;
  }

  /** Tells of links that end by a fault, which a person cannot see otherwise. */
  private record Faults(Console console) implements LinkEvents {
    @Override
    public void fault(String link, IOException why) {
      console.warn(link + ": broke the protocol: " + why.getMessage());
    }

    @Override
    public void lost(String link, LinkLostException why) {
      console.debug(link + ": " + why.getMessage());
    }
  }

  /** Tells which pages are asked of whom, to machines and who debugs. */
  private record Trace(Console console) implements PageTrace {
    @Override
    public void asked(String source, int block, long page, int count, Why why) {
      if (why != Why.WANTED) {
        console.debug(
            "%d pages of block %d at %d: asked of %s, %s"
                .formatted(count, block, page, source, why.name().toLowerCase(Locale.ROOT)));
      }
    }

    @Override
    public void refused(String source, int block, long page, int count, IOException why) {
      console.warn(
          "%s: %d pages of block %d at %d: %s"
              .formatted(source, count, block, page, why.getMessage()));
    }
  }

  /** Draws how far it is, and tells of sources that come and go. */
  private static final class Lines implements ReceiveListener {
    private final Console console;
    private final Progress progress;
    private final boolean givesPages;

    /** Why a source does not answer, as it was told. */
    private final Map<String, String> told = new ConcurrentHashMap<>();

    Lines(Console console, boolean givesPages) {
      this.console = console;
      this.givesPages = givesPages;
      this.progress = console.progress("pull");
    }

    @Override
    public void coming(String chain, long point, Id checkpoint) {
      console.note("pulling %s@%d, checkpoint %s", chain, point, checkpoint);
    }

    @Override
    public void running(String source) {
      told.remove(source);
    }

    /** Once, however often it is tried again for nothing. */
    @Override
    public void lost(String source, String why) {
      if (!why.equals(told.put(source, why))) {
        console.warn(why.startsWith(source + ": ") ? why : source + ": " + why);
      }
    }

    @Override
    public void lacking(String source, String file, IOException why) {
      console.warn(source + ": " + file + ": " + why.getMessage());
    }

    @Override
    public void changed(String source) {
      console.event("what is to come is the state of " + source + " from now on");
    }

    @Override
    public void ready(String chain, long point) {
      console.object(
          Fields.of("message_type", "ready").and("chain", chain).and("checkpoint", point).map());
      console.event(
          "%s@%d can be read: cairn resume %s@%d --postcopy …"
              .formatted(chain, point, chain, point));
    }

    @Override
    public void state(PullState state) {
      String word = state.name().toLowerCase(Locale.ROOT);
      console.object(Fields.of("message_type", "state").and("state", word).map());
      if (givesPages && state == PullState.PAUSED) {
        console.warn("no source answers: what is here is given, the rest waits");
      }
    }

    @Override
    public void progress(long certified, long all) {
      progress.at(certified, all);
    }
  }
}
