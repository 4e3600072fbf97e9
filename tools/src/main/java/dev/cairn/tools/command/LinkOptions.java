package dev.cairn.tools.command;

import dev.cairn.transport.link.ClientSettings;
import dev.cairn.transport.link.Endpoint;
import dev.cairn.transport.peer.NamedToken;
import dev.cairn.transport.peer.TokensFile;
import dev.cairn.transport.wire.Abilities;
import dev.cairn.transport.wire.Versions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options of who connects to a server on another host. */
final class LinkOptions {
  static final String SOFTWARE = "cairn 0.1.0";

  @Mixin TlsOptions tls = new TlsOptions();

  @Option(
      names = "--token",
      paramLabel = "FILE",
      description =
          "shows who we are without a certificate of our own: one line NAME SECRET, that no other"
              + " user can read")
  @Nullable Path token;

  @Option(
      names = "--insecure",
      description = "tcp: or rdma: to another host: whoever is on the way can read guest memory")
  boolean insecure;

  @Option(names = "--streams", paramLabel = "N", description = "data links, 1 to 32; default: 4")
  int streams = 4;

  @Option(
      names = "--limit-rate",
      paramLabel = "RATE",
      description = "most bytes a second, such as 25M")
  String limitRate = "none";

  /** Returns bytes a second, or 0. */
  long rate() {
    return ByteRate.parse("--limit-rate", limitRate);
  }

  /** Reads an endpoint. */
  static Endpoint endpoint(String option, String uri) {
    try {
      return Endpoint.parse(uri);
    } catch (IllegalArgumentException e) {
      throw new UsageException(option + " " + e.getMessage());
    }
  }

  /** Returns what this side is to a server; checks that it may be talked to. */
  ClientSettings settings(Endpoint endpoint, Console console) throws IOException {
    if (streams < 1 || streams > Abilities.MOST_STREAMS) {
      throw new UsageException(
          "--streams " + streams + ": expected a number from 1 to " + Abilities.MOST_STREAMS);
    }
    boolean wantsTls = endpoint instanceof Endpoint.Internet internet && internet.tls();
    if (!wantsTls && (tls.areGiven() || token != null)) {
      throw new UsageException("--tls-… and --token: expected a tls: address, found " + endpoint);
    }
    requireGuarded(endpoint);
    return new ClientSettings(
        Abilities.standard(streams, SOFTWARE),
        Versions.known(),
        wantsTls ? Optional.of(tls(console)) : Optional.empty());
  }

  private ClientSettings.Tls tls(Console console) throws IOException {
    Optional<NamedToken> own =
        token == null ? Optional.empty() : Optional.of(TokensFile.readOne(token));
    return new ClientSettings.Tls(tls.load(console::warn), tls.hostname(), own);
  }

  private void requireGuarded(Endpoint endpoint) {
    boolean guarded =
        switch (endpoint) {
          case Endpoint.Unix _ -> true;
          case Endpoint.Internet internet -> internet.tls() || isLoopback(internet.host());
          case Endpoint.Rdma rdma -> isLoopback(rdma.host());
        };
    if (insecure || guarded) {
      return;
    }
    throw new UsageException(
        endpoint
            + ": expected tls:, unix: or a loopback address: guest memory would go in the clear;"
            + " tunnel it (ssh -L), or say --insecure");
  }

  /** One that is not known is told of by who connects. */
  private static boolean isLoopback(String host) {
    try {
      return InetAddress.getByName(host).isLoopbackAddress();
    } catch (UnknownHostException e) {
      return false;
    }
  }
}
