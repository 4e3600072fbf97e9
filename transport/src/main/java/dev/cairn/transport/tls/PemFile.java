package dev.cairn.transport.tls;

import dev.cairn.store.BadInputException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A PEM file: what stands between BEGIN and END lines; other text, such as certtool's in front of a
 * key, is gone over. Its contents may be secret: no message shows them. Immutable.
 */
final class PemFile {
  private static final int MOST_BYTES = 1 << 20;
  private static final int MOST_BLOCKS = 4_096;
  private static final Pattern BLOCK =
      Pattern.compile(
          "-----BEGIN ([A-Z0-9 ]{1,40})-----\\s([^-]*+)-----END ([A-Z0-9 ]{1,40})-----");

  private record Block(String label, String base64, int offset) {}

  private final Path file;
  private final List<Block> blocks;

  private PemFile(Path file, List<Block> blocks) {
    this.file = file;
    this.blocks = blocks;
  }

  /** Reads a file of 1 MiB at most. */
  static PemFile read(Path file) throws IOException {
    byte[] bytes;
    try (InputStream in = Files.newInputStream(file)) {
      bytes = in.readNBytes(MOST_BYTES + 1);
    } catch (NoSuchFileException e) {
      throw new BadInputException(
          file + ": TLS: expected a PEM file, found none; make one, or name another (--tls-…)");
    }
    if (bytes.length > MOST_BYTES) {
      throw new BadInputException(
          file + ": TLS: expected a PEM file of 1 MiB at most, found more; name another (--tls-…)");
    }
    Matcher matcher = BLOCK.matcher(new String(bytes, StandardCharsets.ISO_8859_1));
    List<Block> blocks = new ArrayList<>();
    while (blocks.size() < MOST_BLOCKS && matcher.find()) {
      if (matcher.group(1).equals(matcher.group(3))) {
        blocks.add(new Block(matcher.group(1), matcher.group(2), matcher.start()));
      }
    }
    return new PemFile(file, List.copyOf(blocks));
  }

  /** Returns all certificates, at least one, in their order. */
  List<X509Certificate> certificates() throws BadInputException {
    List<X509Certificate> found = new ArrayList<>();
    for (Block block : blocks) {
      if (block.label.equals("CERTIFICATE") || block.label.equals("X509 CERTIFICATE")) {
        found.add(certificate(block));
      }
    }
    if (found.isEmpty()) {
      throw bad("a CERTIFICATE", 0, labels(), "openssl x509 -in " + file + " -text");
    }
    return found;
  }

  private X509Certificate certificate(Block block) throws BadInputException {
    try {
      return (X509Certificate)
          CertificateFactory.getInstance("X.509")
              .generateCertificate(new ByteArrayInputStream(bytes(block)));
    } catch (CertificateException e) {
      throw bad(
          "a CERTIFICATE", block.offset, "other bytes", "openssl x509 -in " + file + " -text");
    }
  }

  /**
   * Returns the key; it must be the only one.
   *
   * @param algorithm of the certificate that it belongs to, such as {@code RSA} or {@code EC}
   */
  PrivateKey key(String algorithm) throws BadInputException {
    List<Block> keys = blocks.stream().filter(b -> b.label.endsWith("PRIVATE KEY")).toList();
    String next = "openssl pkcs8 -topk8 -nocrypt -in " + file + " -out KEY.pem";
    if (keys.size() != 1) {
      throw bad("one PRIVATE KEY", 0, labels(), next);
    }
    Block block = keys.getFirst();
    if (block.label.startsWith("ENCRYPTED") || block.base64.contains("ENCRYPTED")) {
      throw bad("a PRIVATE KEY that is not encrypted", block.offset, block.label, next);
    }
    try {
      return PrivateKeys.read(block.label, bytes(block), algorithm);
    } catch (GeneralSecurityException e) {
      // The cause may quote the key.
      throw bad("a PRIVATE KEY for " + algorithm, block.offset, "another " + block.label, next);
    }
  }

  private byte[] bytes(Block block) throws BadInputException {
    try {
      return Base64.getMimeDecoder().decode(block.base64);
    } catch (IllegalArgumentException e) {
      throw bad("base64", block.offset, "other characters", "copy the file again");
    }
  }

  private String labels() {
    return blocks.isEmpty()
        ? "nothing of PEM"
        : String.join(", ", blocks.stream().map(Block::label).distinct().limit(8).toList());
  }

  private BadInputException bad(String expected, int offset, String actual, String next) {
    return new BadInputException(
        "%s: TLS, at offset %d: expected %s, found %s; %s"
            .formatted(file, offset, expected, actual, next));
  }
}
