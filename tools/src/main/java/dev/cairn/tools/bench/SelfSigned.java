package dev.cairn.tools.bench;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;

/**
 * A certificate of this machine's loopback that nobody else trusts, for a measurement; by the JDK's
 * keytool. Immutable.
 *
 * @param certificate PEM
 * @param key PEM, its owner's alone
 */
record SelfSigned(Path certificate, Path key) {
  private static final String ALIAS = "own";

  /** Makes one. */
  static SelfSigned make(Path directory) throws IOException {
    Path keytool = Path.of(System.getProperty("java.home"), "bin", "keytool");
    if (!Files.isExecutable(keytool)) {
      throw new IOException(keytool + ": no such program: TLS is not measured without it");
    }
    byte[] random = new byte[16];
    new SecureRandom().nextBytes(random);
    String password = HexFormat.of().formatHex(random);
    Path secret = ownFile(directory.resolve("secret"), password);
    Path store = directory.resolve("keys.p12");
    Children.run(
        directory.resolve("keytool.log"),
        List.of(
            keytool.toString(),
            "-genkeypair",
            "-alias",
            ALIAS,
            "-keyalg",
            "EC",
            "-groupname",
            "secp256r1",
            "-dname",
            "CN=localhost",
            "-ext",
            "san=ip:127.0.0.1,dns:localhost",
            "-validity",
            "2",
            "-storetype",
            "PKCS12",
            "-keystore",
            store.toString(),
            "-storepass:file",
            secret.toString()));
    try (InputStream in = Files.newInputStream(store)) {
      KeyStore keys = KeyStore.getInstance("PKCS12");
      keys.load(in, password.toCharArray());
      Key key = keys.getKey(ALIAS, password.toCharArray());
      Certificate own = keys.getCertificate(ALIAS);
      if (key == null || own == null) {
        throw new IOException(store + ": keytool has made no key");
      }
      return new SelfSigned(
          ownFile(directory.resolve("cert.pem"), pem("CERTIFICATE", own.getEncoded())),
          ownFile(directory.resolve("key.pem"), pem("PRIVATE KEY", key.getEncoded())));
    } catch (GeneralSecurityException e) {
      throw new IOException(store + ": cannot be read: " + e.getMessage(), e);
    }
  }

  private static String pem(String what, byte[] bytes) {
    String lines = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes);
    return "-----BEGIN " + what + "-----\n" + lines + "\n-----END " + what + "-----\n";
  }

  /** Writes a file that only its owner can read. */
  static Path ownFile(Path file, String text) throws IOException {
    Files.createFile(
        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    return Files.write(file, text.getBytes(StandardCharsets.UTF_8));
  }
}
