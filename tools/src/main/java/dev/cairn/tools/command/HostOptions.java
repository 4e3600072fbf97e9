package dev.cairn.tools.command;

import dev.cairn.transport.link.ClientSettings;
import dev.cairn.transport.link.Endpoint;
import dev.cairn.transport.peer.NamedToken;
import dev.cairn.transport.rate.RateLimiter;
import dev.cairn.transport.receive.Pace;
import dev.cairn.transport.wire.Abilities;
import dev.cairn.transport.wire.Versions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options of a command that connects to a {@code cairn serve}. */
final class HostOptions {
  private static final String SOFTWARE = "cairn 0.1.0";
  private static final int MOST_TOKEN_FILE_BYTES = 4096;

  @Option(
      names = "--streams",
      paramLabel = "N",
      defaultValue = "4",
      description = "data links, 1 to 32 (default: ${DEFAULT-VALUE})")
  int streams = 4;

  @Option(
      names = "--limit-rate",
      paramLabel = "BYTES",
      description = "a second at most, such as 50M (default: none)")
  @Nullable String limitRate;

  @Option(
      names = "--token",
      paramLabel = "FILE",
      description = "one line NAME SECRET, by which a server that speaks TLS knows us")
  @Nullable Path token;

  @Option(
      names = "--insecure",
      description = "guest memory may cross a network without TLS, for all to read")
  boolean insecure;

  @Mixin TlsOptions tls = new TlsOptions();

  /** Returns bytes a second; 0: no limit. */
  long rate() {
    if (limitRate == null) {
      return 0;
    }
    return ByteSize.parse(limitRate)
        .filter(bytes -> bytes > 0)
        .orElseThrow(
            () -> new UsageException("--limit-rate " + limitRate + ": expected bytes such as 50M"));
  }

  /** Returns what holds up who would ask too fast. */
  Pace pace() {
    long rate = rate();
    if (rate == 0) {
      return Pace.FREE;
    }
    RateLimiter limiter = new RateLimiter(RateLimiter.Timing.system(), rate);
    return bytes -> limiter.take(bytes, () -> false);
  }

  /** Reads what a server is to know of us, and the files by which. */
  ClientSettings settings(Console console) throws IOException {
    if (streams < 1 || streams > Abilities.MOST_STREAMS) {
      throw new UsageException(
          "--streams " + streams + ": expected 1 to " + Abilities.MOST_STREAMS);
    }
    Optional<ClientSettings.Tls> secured = Optional.empty();
    if (tls.areGiven()) {
      secured =
          Optional.of(
              new ClientSettings.Tls(tls.load(console::warn), tls.hostname(), namedToken()));
    } else if (token != null) {
      throw new UsageException("--token: expected --tls-…, as a token shows nothing without TLS");
    }
    return new ClientSettings(Abilities.standard(streams, SOFTWARE), Versions.known(), secured);
  }

  /**
   * Reads a URI, and refuses one over which guest memory would go for all to read.
   *
   * @throws UsageException if it is none, or not guarded
   */
  Endpoint endpoint(String option, String uri) {
    Endpoint endpoint;
    try {
      endpoint = Endpoint.parse(uri);
    } catch (IllegalArgumentException e) {
      throw new UsageException(option + " " + e.getMessage());
    }
    if (endpoint instanceof Endpoint.Internet internet) {
      if (internet.tls() && !tls.areGiven()) {
        throw new UsageException(option + " " + uri + ": expected --tls-…: whom to trust");
      }
      if (!internet.tls() && !insecure && !isLoopback(internet.host())) {
        throw new UsageException(
            option
                + " "
                + uri
                + ": without TLS everybody on the way can read the guest's memory; take tls:, or"
                + " say --insecure");
      }
    }
    return endpoint;
  }

  private static boolean isLoopback(String host) {
    try {
      return InetAddress.getByName(host).isLoopbackAddress();
    } catch (UnknownHostException e) {
      return false; // the connection will say so
    }
  }

  private Optional<NamedToken> namedToken() throws IOException {
    if (token == null) {
      return Optional.empty();
    }
    Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(token);
    if (permissions.stream().anyMatch(p -> !p.name().startsWith("OWNER_"))) {
      throw new UsageException(
          "--token " + token + ": others than its owner can read it; chmod 600 " + token);
    }
    if (Files.size(token) > MOST_TOKEN_FILE_BYTES) {
      throw new UsageException("--token " + token + ": expected one line NAME SECRET");
    }
    String[] words = Files.readString(token).strip().split("\\s+", -1);
    if (words.length != 2) {
      throw new UsageException("--token " + token + ": expected one line NAME SECRET");
    }
    return Optional.of(new NamedToken(words[0], words[1].getBytes(StandardCharsets.UTF_8)));
  }
}
