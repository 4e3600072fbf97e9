package dev.cairn.transport.tls;

import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Checks a peer's certificate as the JDK does (RFC 5280, RFC 6125), and says which of the checks
 * failed and what would pass. Immutable.
 */
final class PeerTrust extends X509ExtendedTrustManager {
  private static final int MOST_NAMES = 20;

  private final X509ExtendedTrustManager checks;

  PeerTrust(X509ExtendedTrustManager checks) {
    this.checks = checks;
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
      throws CertificateException {
    checkServerTrusted(chain, type);
    try {
      checks.checkServerTrusted(chain, type, engine);
    } catch (CertificateException e) {
      List<String> names = names(chain[0]);
      throw new PeerRefusal(
          subject(chain)
              + " is for "
              + (names.isEmpty() ? "no host" : String.join(", ", names))
              + ": expected "
              + engine.getPeerHost()
              + "; if it is that machine: --tls-hostname with one of its names",
          e);
    }
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
    try {
      checks.checkServerTrusted(chain, type);
    } catch (CertificateException e) {
      throw explained(chain, e);
    }
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
      throws CertificateException {
    try {
      checks.checkClientTrusted(chain, type, engine);
    } catch (CertificateException e) {
      throw explained(chain, e);
    }
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
    try {
      checks.checkClientTrusted(chain, type);
    } catch (CertificateException e) {
      throw explained(chain, e);
    }
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
      throws CertificateException {
    checkClientTrusted(chain, type);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
      throws CertificateException {
    throw new CertificateException("TLS of a socket, whose peer's name is not checked");
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return checks.getAcceptedIssuers();
  }

  private static PeerRefusal explained(X509Certificate[] chain, CertificateException failure) {
    for (Throwable each = failure; each != null; each = each.getCause()) {
      if (each instanceof CertificateExpiredException
          || each instanceof CertificateNotYetValidException) {
        return new PeerRefusal(
            subject(chain)
                + ", or what has signed it, is valid at another time: expected now, found "
                + chain[0].getNotBefore().toInstant()
                + " to "
                + chain[0].getNotAfter().toInstant()
                + "; have it signed anew, and see the clocks of both machines",
            failure);
      }
    }
    String issuer = chain[chain.length - 1].getIssuerX500Principal().toString();
    return new PeerRefusal(
        subject(chain)
            + " is signed by "
            + issuer
            + ": expected one of the authorities of --tls-ca, for this use ("
            + failure.getMessage()
            + "); give that authority's certificate, or a certificate signed by yours",
        failure);
  }

  private static String subject(X509Certificate[] chain) {
    return "the peer's certificate " + chain[0].getSubjectX500Principal();
  }

  /** Returns the hosts and addresses that it names. */
  private static List<String> names(X509Certificate certificate) {
    List<String> names = new ArrayList<>();
    @Nullable Collection<List<?>> alternatives;
    try {
      alternatives = certificate.getSubjectAlternativeNames();
    } catch (CertificateParsingException e) {
      return names;
    }
    if (alternatives != null) {
      for (List<?> each : alternatives) {
        boolean isHost = each.get(0).equals(2) || each.get(0).equals(7);
        if (isHost && names.size() < MOST_NAMES) {
          names.add(String.valueOf(each.get(1)));
        }
      }
    }
    return names;
  }
}
