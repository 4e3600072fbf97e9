package dev.cairn.transport.tls;

import dev.cairn.store.RefusedException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;

/**
 * Says in words for people why a TLS session failed, and what helps. Immutable.
 *
 * @param name of the peer
 * @param isServer whether the peer is the one that has called
 */
record TlsFailures(String name, boolean isServer) {
  private static final Pattern ALERT = Pattern.compile("Received fatal alert: ([a-z_]{1,40})");
  private static final int MOST_SHOWN = 8;

  /** How a link without TLS begins (transport/PROTOCOL.md, Frames). */
  private static final byte[] CAIRN = {(byte) 0x89, 'C', 'A', 'I', 'R'};

  /** Returns what to throw. */
  IOException of(SSLException failure) {
    return of(failure, ByteBuffer.allocate(0));
  }

  /**
   * Returns what to throw.
   *
   * @param arrived what the peer has sent and nobody could make sense of
   */
  IOException of(SSLException failure, ByteBuffer arrived) {
    for (Throwable each = failure; each != null; each = each.getCause()) {
      if (each instanceof PeerRefusal) {
        return refused(String.valueOf(each.getMessage()), failure);
      }
    }
    String message = String.valueOf(failure.getMessage());
    Matcher alert = ALERT.matcher(message);
    if (alert.find()) {
      return told("the peer ends it: " + alert.group(1) + "; " + next(alert.group(1)), failure);
    }
    String lower = message.toLowerCase(Locale.ROOT);
    if (lower.contains("unrecognized ssl message") || lower.contains("unrecognized record")) {
      return told("expected a TLS record, found " + shown(arrived) + "; " + plain(), failure);
    }
    if (lower.contains("empty client certificate chain")) {
      return refused(
          "expected a certificate of the client, found none; it has to show one (--tls-cert and"
              + " --tls-key there)",
          failure);
    }
    if (lower.contains("(protocol_version)")) {
      return told("expected TLS 1.3, found an older one; allow 1.3 there: " + message, failure);
    }
    return new TlsException(name + ": TLS 1.3 fails: " + message, failure);
  }

  private TlsException told(String what, SSLException failure) {
    return new TlsException(name + ": TLS: " + what, failure);
  }

  private RefusedException refused(String what, SSLException failure) {
    RefusedException refused = new RefusedException(name + ": TLS: " + what);
    refused.initCause(failure);
    return refused;
  }

  private String plain() {
    return isServer
        ? "the client has to speak TLS here"
        : "does the peer speak TLS? (QEMU: migrate-set-parameters tls-creds=ID)";
  }

  /** Returns the first bytes; they came in the clear, so that they are no secret. */
  private static String shown(ByteBuffer arrived) {
    byte[] first = new byte[Math.min(MOST_SHOWN, arrived.remaining())];
    arrived.get(arrived.position(), first);
    if (first.length >= CAIRN.length
        && Arrays.equals(first, 0, CAIRN.length, CAIRN, 0, CAIRN.length)) {
      return "a Cairn link without TLS";
    }
    for (byte each : first) {
      if (each < ' ' || each > '~') {
        return "other bytes (" + HexFormat.ofDelimiter(" ").formatHex(first) + ")";
      }
    }
    return "text (" + new String(first, StandardCharsets.US_ASCII) + ")";
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
