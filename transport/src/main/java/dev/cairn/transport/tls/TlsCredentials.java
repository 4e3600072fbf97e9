package dev.cairn.transport.tls;

import dev.cairn.store.BadInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;

/** Whom a process trusts, and who it says that it is. Immutable; made once, for many channels. */
public final class TlsCredentials {
  private static final String[] PROTOCOLS = {"TLSv1.3"};
  private static final int NO_TICKETS_SECONDS = 7 * 24 * 3600 + 1;

  private final SSLContext context;

  private final boolean hasIdentity;
  private final boolean hasAuthority;

  private TlsCredentials(SSLContext context, boolean hasIdentity, boolean hasAuthority) {
    this.context = context;
    this.hasIdentity = hasIdentity;
    this.hasAuthority = hasAuthority;
    // Longer than a ticket may live (RFC 8446, 4.6.1): so the JDK makes none, and keeps none. Each
    // session then proves anew who is there, and no peer fills our memory with tickets.
    context.getServerSessionContext().setSessionTimeout(NO_TICKETS_SECONDS);
    context.getClientSessionContext().setSessionTimeout(NO_TICKETS_SECONDS);
  }

  /**
   * Reads the files.
   *
   * @param warnings told if others can read the key
   * @throws BadInputException if one is not what it should be
   */
  public static TlsCredentials load(TlsFiles files, Consumer<String> warnings) throws IOException {
    try {
      KeyManager[] keys =
          files.identity().isPresent() ? keys(files.identity().get(), warnings) : new KeyManager[0];
      SSLContext context = SSLContext.getInstance(PROTOCOLS[0]);
      context.init(keys, new TrustManager[] {trust(files.authority())}, null);
      return new TlsCredentials(context, files.identity().isPresent(), true);
    } catch (GeneralSecurityException e) {
      throw unfit(files.authority(), e);
    }
  }

  /**
   * Reads the files of a server that trusts no certificate: it asks its clients for none, and who
   * they are they show otherwise.
   *
   * @param warnings told if others can read the key
   * @throws BadInputException if one is not what it should be
   */
  public static TlsCredentials withoutAuthority(
      TlsFiles.Identity identity, Consumer<String> warnings) throws IOException {
    try {
      SSLContext context = SSLContext.getInstance(PROTOCOLS[0]);
      // Without a trust manager (null would mean the JDK's own authorities) every certificate of a
      // peer is refused.
      context.init(keys(identity, warnings), new TrustManager[0], null);
      return new TlsCredentials(context, true, false);
    } catch (GeneralSecurityException e) {
      throw unfit(identity.certificate(), e);
    }
  }

  private static BadInputException unfit(Path file, GeneralSecurityException why) {
    return new BadInputException(file + ": TLS cannot be set up with it: " + why.getMessage());
  }

  /** Tells whether certificates of peers can be checked: else none may be asked for. */
  public boolean hasAuthority() {
    return hasAuthority;
  }

  private static PeerTrust trust(Path authority) throws IOException, GeneralSecurityException {
    KeyStore store = empty();
    int number = 0;
    for (X509Certificate each : PemFile.read(authority).certificates()) {
      store.setCertificateEntry("authority-" + number++, each);
    }
    TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
    factory.init(store);
    for (TrustManager each : factory.getTrustManagers()) {
      if (each instanceof X509ExtendedTrustManager checks) {
        return new PeerTrust(checks);
      }
    }
    throw new GeneralSecurityException("this JDK has no check of X.509 certificates");
  }

  private static KeyManager[] keys(TlsFiles.Identity identity, Consumer<String> warnings)
      throws IOException, GeneralSecurityException {
    List<X509Certificate> chain = PemFile.read(identity.certificate()).certificates();
    X509Certificate own = chain.getFirst();
    warnOfReaders(identity.key(), warnings);
    PrivateKey key = PemFile.read(identity.key()).key(own.getPublicKey().getAlgorithm());
    if (!Pairs.belong(key, own.getPublicKey())) {
      throw new BadInputException(
          "%s: TLS: expected the key of %s, found another one; name the one that it was signed for"
              .formatted(identity.key(), identity.certificate()));
    }
    KeyStore store = empty();
    char[] none = new char[0];
    store.setKeyEntry("own", key, none, chain.toArray(Certificate[]::new));
    KeyManagerFactory factory = KeyManagerFactory.getInstance("PKIX");
    factory.init(store, none);
    return factory.getKeyManagers();
  }

  private static void warnOfReaders(Path key, Consumer<String> warnings) throws IOException {
    if (!Files.exists(key)) {
      return; // reading it says so
    }
    Set<PosixFilePermission> allowed = Files.getPosixFilePermissions(key);
    if (allowed.contains(PosixFilePermission.OTHERS_READ)
        || allowed.contains(PosixFilePermission.GROUP_READ)) {
      warnings.accept(key + ": others can read this private key; chmod 600 " + key);
    }
  }

  private static KeyStore empty() throws IOException, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance("PKCS12"); // in memory only
    store.load(null, null);
    return store;
  }

  /** Returns an engine that calls; the peer must be who it is called. */
  SSLEngine client(String hostname) {
    SSLEngine engine = context.createSSLEngine(hostname, -1);
    engine.setUseClientMode(true);
    engine.setEnabledProtocols(PROTOCOLS);
    var parameters = engine.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    engine.setSSLParameters(parameters);
    return engine;
  }

  /** Returns an engine that is called. */
  SSLEngine server(ClientCertificate client) {
    if (!hasIdentity) {
      throw new IllegalArgumentException("a server without a certificate of its own");
    }
    if (!hasAuthority && client != ClientCertificate.NONE) {
      throw new IllegalArgumentException("certificates of clients that nobody can check");
    }
    SSLEngine engine = context.createSSLEngine();
    engine.setUseClientMode(false);
    engine.setEnabledProtocols(PROTOCOLS);
    switch (client) {
      case NONE -> {}
      case WANTED -> engine.setWantClientAuth(true);
      case REQUIRED -> engine.setNeedClientAuth(true);
    }
    return engine;
  }
}
