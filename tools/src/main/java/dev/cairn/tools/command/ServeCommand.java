package dev.cairn.tools.command;

import dev.cairn.transport.link.Endpoint;
import dev.cairn.transport.source.SourceSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code cairn serve}. */
@Command(
    name = "serve",
    description =
        "gives this store's chains to other hosts, and takes theirs: what cairn pull and cairn send"
            + " connect to; always also at STORE/run/serve.sock")
final class ServeCommand implements Callable<Integer> {
  private static final Duration LEAST_HOLD_TIME = Duration.ofMinutes(1);

  @ParentCommand RootCommand root = new RootCommand();

  @Option(
      names = "--listen",
      paramLabel = "URI",
      description =
          "tcp:HOST:PORT, tls:HOST:PORT, rdma:HOST:PORT or unix:PATH; may be given several times")
  List<String> listen = new ArrayList<>();

  @Option(
      names = "--auth",
      paramLabel = "FILE",
      description =
          "who may do what: lines NAME pull|send CHAIN-GLOB; read anew when it changes. Without it"
              + " who comes by loopback may do all")
  @Nullable Path auth;

  @Option(
      names = "--tokens",
      paramLabel = "FILE",
      description =
          "tokens of clients without a certificate: lines NAME SECRET, that no other user can read")
  @Nullable Path tokens;

  @Mixin ServerTlsOptions tls = new ServerTlsOptions();

  @Option(
      names = "--insecure",
      description =
          "tcp: and rdma: at other than loopback addresses: whoever is on the way can read guest"
              + " memory, and"
              + " whoever can connect may do all unless there is --auth")
  boolean insecure;

  @Option(
      names = "--limit-rate",
      paramLabel = "RATE",
      description = "most bytes a second in all, such as 25M; changed by cairn limit-rate")
  String limitRate = "none";

  @Option(
      names = "--limit-rate-client",
      paramLabel = "RATE",
      description = "most bytes a second of each client")
  String limitRateClient = "none";

  @Option(
      names = "--hold-time",
      paramLabel = "TIME",
      description =
          "a hold of a receiver that nobody used for so long is released, such as 36h or 7d;"
              + " default: 7d")
  @Nullable String holdTime;

  @Option(
      names = "--mirror",
      description =
          "what is sent here may take restore points away that the sender does not have any more")
  boolean mirror;

  @Option(
      names = "--reserve",
      paramLabel = "SIZE",
      description = "so much of the file system stays free of what is sent here")
  String reserve = "0";

  @Option(
      names = "--metrics",
      paramLabel = "tcp:HOST:PORT",
      description = "answers GET /metrics there, as Prometheus asks")
  @Nullable String metrics;

  @Override
  public Integer call() throws IOException {
    ServeRun run = new ServeRun(root, options());
    try (StopHook _ = new StopHook(run::stop);
        ServiceManager manager = ServiceManager.ofEnvironment(root.console()::warn)) {
      run.run(manager::ready);
    }
    return ExitCodes.DONE;
  }

  private ServeRun.Options options() throws IOException {
    List<Endpoint> endpoints = new ArrayList<>();
    for (String uri : listen) {
      endpoints.add(LinkOptions.endpoint("--listen", uri));
    }
    return new ServeRun.Options(
        endpoints,
        new ServeRun.Guards(
            Optional.ofNullable(auth),
            Optional.ofNullable(tokens),
            tls.load(root.console()::warn),
            insecure),
        new SourceSettings.Rates(
            ByteRate.parse("--limit-rate", limitRate),
            ByteRate.parse("--limit-rate-client", limitRateClient)),
        holdTime(),
        new ServeRun.Taking(mirror, reserveBytes()),
        metrics());
  }

  private Duration holdTime() {
    if (holdTime == null) {
      return SourceSettings.HOLD_TIME;
    }
    Optional<Duration> time =
        holdTime.matches("[0-9]{1,5}d")
            ? Optional.of(
                Duration.ofDays(Long.parseLong(holdTime.substring(0, holdTime.length() - 1))))
            : Durations.parse(holdTime);
    return time.filter(t -> t.compareTo(LEAST_HOLD_TIME) >= 0)
        .orElseThrow(
            () ->
                new UsageException(
                    "--hold-time " + holdTime + ": expected a time of at least 1m, such as 7d"));
  }

  private long reserveBytes() {
    return ByteSize.parse(reserve)
        .orElseThrow(
            () -> new UsageException("--reserve " + reserve + ": expected a size, such as 10G"));
  }

  private Optional<Endpoint.Internet> metrics() throws IOException {
    return metrics == null ? Optional.empty() : Optional.of(MetricsServer.endpoint(metrics));
  }
}
