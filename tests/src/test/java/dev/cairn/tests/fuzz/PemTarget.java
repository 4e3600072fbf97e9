package dev.cairn.tests.fuzz;

import dev.cairn.store.BadInputException;
import dev.cairn.transport.tls.TlsCredentials;
import dev.cairn.transport.tls.TlsFiles;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/**
 * The files of TLS: an input is read as certificates of authorities, and as a private key. It is
 * PEM; behind a byte below 3 it is a key in DER, so that the fuzzer need not learn base64. The key
 * of the seeds is the published testECP256 of RFC 9500, which is nobody's.
 */
record PemTarget() implements FuzzTarget {
  private static final List<String> LABELS =
      List.of("PRIVATE KEY", "EC PRIVATE KEY", "RSA PRIVATE KEY");

  @Override
  public String name() {
    return "pem";
  }

  @Override
  public int mostBytes() {
    return 4 << 10;
  }

  @Override
  public Allowance allowance() {
    return Allowance.OF_PEM;
  }

  @Override
  public Allowance.Extra read(byte[] input) throws IOException {
    Path directory = Files.createTempDirectory("cairn-fuzz-pem");
    Path file = directory.resolve("input");
    try {
      Files.write(file, pem(input));
      Path known = FuzzCorpus.directory(this).resolve("seed-certificate");
      boolean isAuthority = isTaken(new TlsFiles(file, Optional.empty()));
      TlsFiles.Identity own = new TlsFiles.Identity(known, file);
      if (!isTaken(new TlsFiles(known, Optional.of(own))) && !isAuthority) {
        throw new BadInputException("neither certificates nor a key");
      }
      return Allowance.Extra.NONE;
    } finally {
      Files.deleteIfExists(file);
      Files.delete(directory);
    }
  }

  /** Tells whether files are taken; anything but a documented refusal goes on as it is. */
  private static boolean isTaken(TlsFiles files) throws IOException {
    try {
      TlsCredentials.load(files, warning -> {});
      return true;
    } catch (BadInputException e) {
      if (String.valueOf(e.getMessage()).isBlank()) {
        throw new AssertionError("a refusal without words", e);
      }
      return false;
    }
  }

  private static byte[] pem(byte[] input) {
    if (input.length == 0 || input[0] < 0 || input[0] >= LABELS.size()) {
      return input;
    }
    String label = LABELS.get(input[0]);
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    text.writeBytes(("-----BEGIN " + label + "-----\n").getBytes(StandardCharsets.US_ASCII));
    text.writeBytes(Base64.getMimeEncoder().encode(Arrays.copyOfRange(input, 1, input.length)));
    text.writeBytes(("\n-----END " + label + "-----\n").getBytes(StandardCharsets.US_ASCII));
    return text.toByteArray();
  }
}
