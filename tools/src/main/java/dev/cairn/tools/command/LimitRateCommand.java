package dev.cairn.tools.command;

import dev.cairn.store.Id;
import dev.cairn.transport.link.ClientSettings;
import dev.cairn.transport.link.Endpoint;
import dev.cairn.transport.link.Link;
import dev.cairn.transport.link.LinkEvents;
import dev.cairn.transport.link.LinkGroup;
import dev.cairn.transport.link.LinkLostException;
import dev.cairn.transport.link.LinkSettings;
import dev.cairn.transport.link.Requests;
import dev.cairn.transport.send.OneAnswer;
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
                LinkSettings.standard(timer, LinkEvents.NONE),
                settings,
                new NoRequests())) {
      if (!(OneAnswer.ask(group.control(), new Message.Rate(bytes)) instanceof Message.Rated)) {
        throw new IOException(endpoint + ": expected RATED");
      }
    }
    root.console().note("the rate in all is %s", ByteRate.text(bytes));
    root.console().object(Map.of("limitRate", bytes));
    return ExitCodes.DONE;
  }

  /** A server asks one who administers for nothing. */
  private static final class NoRequests implements LinkGroup.Events, Requests {
    @Override
    public Requests ready(Link link) {
      return this;
    }

    @Override
    public void fetch(int request, long file, long offset, int length) throws IOException {
      throw new IOException("FETCH of who administers");
    }

    @Override
    public void pages(int request, Id checkpoint, int block, long page, int count)
        throws IOException {
      throw new IOException("PAGES of who administers");
    }

    @Override
    public void other(int request, Message message) throws IOException {
      throw new IOException("a request of who administers");
    }

    @Override
    public void lost(LinkLostException why) {}
  }
}
