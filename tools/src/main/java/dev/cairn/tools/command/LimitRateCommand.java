package dev.cairn.tools.command;

import dev.cairn.tools.linux.HostLinks;
import dev.cairn.transport.link.ClientSettings;
import dev.cairn.transport.link.Endpoint;
import dev.cairn.transport.link.Link;
import dev.cairn.transport.link.LinkEvents;
import dev.cairn.transport.link.LinkGroup;
import dev.cairn.transport.link.LinkLostException;
import dev.cairn.transport.link.Reply;
import dev.cairn.transport.link.Requests;
import dev.cairn.transport.wire.Abilities;
import dev.cairn.transport.wire.Message;
import dev.cairn.transport.wire.Role;
import dev.cairn.transport.wire.Versions;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ScheduledExecutorService;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code cairn limit-rate}. */
@Command(
    name = "limit-rate",
    description = "changes how fast this store's running cairn serve sends in all")
final class LimitRateCommand implements Callable<Integer> {
  @ParentCommand RootCommand root = new RootCommand();

  @Parameters(paramLabel = "RATE", description = "bytes a second, such as 25M; none: no limit")
  String rate = "";

  @Override
  public Integer call() throws IOException {
    long bytes = ByteRate.parse("RATE", rate);
    Endpoint endpoint = new Endpoint.Unix(root.storePath().resolve(ServeRun.SOCKET));
    ClientSettings settings =
        new ClientSettings(
            Abilities.standard(1, LinkOptions.SOFTWARE), Versions.known(), Optional.empty());
    try (ScheduledExecutorService timer = Timers.daemon();
        LinkGroup group =
            LinkGroup.open(
                endpoint,
                Role.ADMIN,
                HostLinks.standard(timer, LinkEvents.NONE),
                settings,
                new NoRequests())) {
      Message.Rated _ =
          Reply.ask(group.control(), new Message.Rate(bytes)).head(Message.Rated.class);
    }
    root.console().note("the rate in all is %s", ByteRate.text(bytes));
    root.console().object(Map.of("limitRate", bytes));
    return ExitCodes.DONE;
  }

  /** A server asks one who administers for nothing. */
  private static final class NoRequests implements LinkGroup.Events {
    @Override
    public Requests ready(Link link) {
      return Requests.none();
    }

    @Override
    public void lost(LinkLostException why) {}
  }
}
