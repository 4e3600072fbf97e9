package dev.cairn.tools.command;

import dev.cairn.chain.Chain;
import dev.cairn.chain.ChainName;
import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.Progress;
import dev.cairn.chain.Store;
import dev.cairn.chain.manifest.Manifest;
import dev.cairn.store.file.Point;
import dev.cairn.tools.linux.HostLinks;
import dev.cairn.transport.link.Endpoint;
import dev.cairn.transport.link.LinkEvents;
import dev.cairn.transport.rate.RateLimiter;
import dev.cairn.transport.send.Sender;
import dev.cairn.transport.source.Offer;
import dev.cairn.transport.source.Source;
import dev.cairn.transport.source.SourceSettings;
import dev.cairn.transport.wire.Message;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ScheduledExecutorService;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code cairn send}. */
@Command(
    name = "send",
    description =
        "sends a chain up to a restore point to a cairn serve on another host; what is there"
            + " already is not sent again, and after a cut or a stop the same command goes on")
final class SendCommand implements Callable<Integer> {
  @ParentCommand RootCommand root = new RootCommand();

  @Parameters(paramLabel = "POINT", description = "CHAIN@N, CHAIN@latest, CHAIN@LABEL, CHAIN@TIME")
  String point = "";

  @Option(
      names = "--to",
      required = true,
      paramLabel = "URI",
      description = "tcp:HOST:PORT, tls:HOST:PORT, rdma:HOST:PORT or unix:PATH of a cairn serve")
  String to = "";

  @Option(names = "--as", paramLabel = "CHAIN", description = "default: the same name")
  @Nullable String as;

  @Option(names = "--only", description = "this point alone, as a new chain")
  boolean only;

  @Mixin LinkOptions link = new LinkOptions();

  @Override
  public Integer call() throws IOException {
    PointName name = PointName.parse(point);
    String there = ChainName.check(as == null ? name.chain() : as);
    Endpoint endpoint = LinkOptions.endpoint("--to", to);
    var settings = link.settings(endpoint, root.console());
    String again = "what has come there is kept; to go on, give the same command";
    try (Kept _ = new Kept(root.console(), again);
        Store store = root.openStore();
        Source source = new Source(store, sourceSettings());
        ScheduledExecutorService timer = Timers.daemon()) {
      source.expireHolds();
      Message.Offer message = offer(store, name, there);
      Offer offer = new Offer(name.chain(), message.point(), message.checkpoint(), only, to);
      Sender.Target target =
          new Sender.Target(endpoint, HostLinks.standard(timer, LinkEvents.NONE), settings);
      Sender sender = new Sender(source, offer, message, target, new Shown(root.console()));
      try (StopHook _ = new StopHook(sender::stop)) {
        sender.run();
      }
      tell(message, name.chain(), source.counters().bytes());
    }
    return ExitCodes.DONE;
  }

  private SourceSettings sourceSettings() {
    return SourceSettings.standard(
        new SourceSettings.Rates(link.rate(), RateLimiter.NONE), root.console()::warn);
  }

  private Message.Offer offer(Store store, PointName name, String there) throws IOException {
    try (Chain chain = store.open(name.chain());
        ChainSnapshot snapshot = chain.snapshot()) {
      Point found = name.find(snapshot).point();
      Manifest.Identity identity = snapshot.manifest().identity();
      return new Message.Offer(
          found.checkpoint(), found.id(), identity.chain(), identity.pageSize(), only, there);
    }
  }

  private void tell(Message.Offer offer, String chain, long sent) {
    root.console()
        .note(
            "%s@%d is at %s as %s; %s sent",
            chain, offer.point(), to, offer.name(), Console.bytes(sent));
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("chain", chain);
    row.put("checkpoint", offer.point());
    row.put("to", to);
    row.put("as", offer.name());
    row.put("sentBytes", sent);
    root.console().object(row);
  }

  /** Shows how it goes. */
  private static final class Shown implements Sender.Events {
    private final Console console;
    private final Progress progress;

    Shown(Console console) {
      this.console = console;
      this.progress = console.progress("send");
    }

    @Override
    public void progress(long certified, long all) {
      progress.at(certified, all);
    }

    @Override
    public void lost(IOException why) {
      console.warn(why.getMessage() + "; trying again");
    }

    @Override
    public void back() {
      console.event("the receiver is there again");
    }
  }
}
