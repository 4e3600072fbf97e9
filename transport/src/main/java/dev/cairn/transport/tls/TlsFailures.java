package dev.cairn.transport.tls;

import dev.cairn.store.RefusedException;
import java.io.IOException;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;

/** Says in words for people why a TLS session failed, and what helps. Stateless. */
final class TlsFailures {
  private static final Pattern ALERT = Pattern.compile("Received fatal alert: ([a-z_]{1,40})");

  private TlsFailures() {}

  /**
   * Returns what to throw.
   *
   * @param name of the peer
   */
  static IOException of(String name, SSLException failure) {
    for (Throwable each = failure; each != null; each = each.getCause()) {
      if (each instanceof PeerRefusal) {
        RefusedException refused = new RefusedException(name + ": TLS: " + each.getMessage());
        refused.initCause(failure);
        return refused;
      }
    }
    String message = String.valueOf(failure.getMessage());
    Matcher alert = ALERT.matcher(message);
    if (alert.find()) {
      return new TlsException(
          name + ": TLS: the peer ends it: " + alert.group(1) + "; " + next(alert.group(1)),
          failure);
    }
    String lower = message.toLowerCase(Locale.ROOT);
    if (lower.contains("unrecognized ssl message") || lower.contains("unrecognized record")) {
      return new TlsException(
          name
              + ": TLS: expected a TLS record, found other bytes; does the peer speak TLS? (QEMU:"
              + " migrate-set-parameters tls-creds=ID)",
          failure);
    }
    return new TlsException(name + ": TLS 1.3 fails: " + message, failure);
  }

  private static String next(String alert) {
    return switch (alert) {
      case "certificate_required" -> "it wants to know who we are: --tls-cert and --tls-key";
      case "protocol_version" -> "expected TLS 1.3: allow it there";
      case "bad_certificate",
          "unsupported_certificate",
          "certificate_revoked",
          "certificate_expired",
          "certificate_unknown",
          "unknown_ca",
          "access_denied" ->
          "it does not take our certificate: have one signed by its authority, --tls-cert";
      case "bad_record_mac", "decrypt_error", "decode_error", "unexpected_message" ->
          "bytes were changed on the way, or it is in trouble itself: try again";
      default -> "its log may say why";
    };
  }
}
