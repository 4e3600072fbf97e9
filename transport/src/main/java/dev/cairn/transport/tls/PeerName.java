package dev.cairn.transport.tls;

import dev.cairn.store.RefusedException;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import javax.naming.InvalidNameException;
import javax.naming.NamingException;
import javax.naming.directory.Attribute;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;
import org.jspecify.annotations.Nullable;

/**
 * By which name rights are given to who shows a certificate (transport/PROTOCOL.md, Who is who).
 * Stateless.
 */
final class PeerName {
  /** What an exporter's context can hold (RFC 8446, 7.1: HkdfLabel). */
  private static final int MOST_BYTES = 255;

  private static final Integer DNS = 2; // RFC 5280, 4.2.1.6: GeneralName

  private PeerName() {}

  /**
   * Returns the first DNS name, in lower case; else the common name, the innermost if there are
   * several.
   *
   * @throws RefusedException if it has none, or one that a reader could take for another: with what
   *     cannot be seen, or with a colon, as the names have that Cairn itself gives ({@code uid:0})
   */
  static String of(X509Certificate certificate) throws RefusedException {
    String subject = certificate.getSubjectX500Principal().toString();
    try {
      Optional<String> host = dnsName(certificate);
      String name = host.or(() -> commonName(certificate)).orElse("");
      if (!isPlain(name)) {
        throw refused(subject, "found " + (name.isEmpty() ? "neither" : "other characters"));
      }
      return name;
    } catch (CertificateParsingException e) {
      throw refused(subject, "found names that cannot be read");
    }
  }

  private static RefusedException refused(String subject, String found) {
    return new RefusedException(
        "the peer's certificate "
            + subject
            + ": expected a DNS name, or a common name, of 1 to "
            + MOST_BYTES
            + " bytes that can be seen and no ':', "
            + found
            + "; have one signed with such a name");
  }

  private static Optional<String> dnsName(X509Certificate certificate)
      throws CertificateParsingException {
    @Nullable Collection<List<?>> names = certificate.getSubjectAlternativeNames();
    if (names != null) {
      for (List<?> each : names) {
        if (DNS.equals(each.get(0))) {
          return Optional.of(String.valueOf(each.get(1)).toLowerCase(Locale.ROOT));
        }
      }
    }
    return Optional.empty();
  }

  private static Optional<String> commonName(X509Certificate certificate) {
    try {
      // Parsed, not searched: "O=x\, CN=admin" is an organization.
      List<Rdn> parts = new LdapName(certificate.getSubjectX500Principal().getName()).getRdns();
      for (Rdn each : parts.reversed()) {
        @Nullable Attribute common = each.toAttributes().get("CN");
        if (common != null && common.get() instanceof String name) {
          return Optional.of(name);
        }
      }
    } catch (InvalidNameException e) {
      return Optional.empty();
    } catch (NamingException e) {
      throw new IllegalStateException("an attribute in memory is there or not", e);
    }
    return Optional.empty();
  }

  private static boolean isPlain(String name) {
    int length = name.getBytes(StandardCharsets.UTF_8).length;
    return length >= 1
        && length <= MOST_BYTES
        && name.strip().equals(name)
        && name.codePoints().allMatch(PeerName::isSeen);
  }

  private static boolean isSeen(int character) {
    return character != ':'
        && switch (Character.getType(character)) {
          case Character.CONTROL,
              Character.FORMAT,
              Character.SURROGATE,
              Character.PRIVATE_USE,
              Character.UNASSIGNED,
              Character.LINE_SEPARATOR,
              Character.PARAGRAPH_SEPARATOR ->
              false;
          default -> true;
        };
  }
}
