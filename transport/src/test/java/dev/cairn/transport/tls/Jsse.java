package dev.cairn.transport.tls;

import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/** Peers that are the JDK's own sockets, of any version of TLS. Stateless. */
final class Jsse {
  private Jsse() {}

  /** Puts a socket into TLS; the handshake is not begun. */
  static SSLSocket over(Socket socket, TlsFiles files, boolean isClient, String... versions)
      throws IOException, GeneralSecurityException {
    SSLSocket made =
        (SSLSocket) context(files).getSocketFactory().createSocket(socket, "localhost", 0, true);
    made.setUseClientMode(isClient);
    made.setEnabledProtocols(versions);
    return made;
  }

  private static SSLContext context(TlsFiles files) throws IOException, GeneralSecurityException {
    char[] none = new char[0];
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    store.setCertificateEntry("authority", PemFile.read(files.authority()).certificates().get(0));
    if (files.identity().isPresent()) {
      TlsFiles.Identity identity = files.identity().get();
      List<X509Certificate> chain = PemFile.read(identity.certificate()).certificates();
      store.setKeyEntry(
          "own", PemFile.read(identity.key()).key("EC"), none, chain.toArray(Certificate[]::new));
    }
    KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
    keys.init(store, none);
    TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(store);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
    return context;
  }
}
