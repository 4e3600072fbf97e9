package dev.cairn.transport.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * An authority and what it has signed, under the names that QEMU gives them; by openssl. Not
 * thread-safe.
 */
public final class Certificates {
  private final Path directory;

  /** Makes the authority, a server's and a client's certificate. */
  public Certificates(Path directory) throws IOException, InterruptedException {
    this.directory = Files.createDirectories(directory);
    run(
        "openssl req -x509 -newkey rsa:2048 -nodes -keyout ca-key.pem -out ca-cert.pem -days 2"
            + " -subj /CN=authority -addext keyUsage=critical,keyCertSign");
    sign("server", "/CN=server", "DNS:localhost,IP:127.0.0.1", "serverAuth");
    sign("client", "/CN=client", "DNS:client", "clientAuth");
  }

  private Certificates(Path directory, boolean there) {
    assertTrue(there);
    this.directory = directory;
  }

  /** Returns those that were made in a directory before. */
  public static Certificates there(Path directory) {
    return new Certificates(directory, Files.exists(directory.resolve("client-cert.pem")));
  }

  /** Returns where they are. */
  public Path directory() {
    return directory;
  }

  /** Returns the authority, and somebody whose certificate was made here. */
  public TlsFiles files(String who) {
    return new TlsFiles(
        directory.resolve("ca-cert.pem"),
        Optional.of(
            new TlsFiles.Identity(
                directory.resolve(who + "-cert.pem"), directory.resolve(who + "-key.pem"))));
  }

  /** Returns the authority alone. */
  public TlsFiles anonymous() {
    return new TlsFiles(directory.resolve("ca-cert.pem"), Optional.empty());
  }

  /**
   * Makes one more.
   *
   * @param who of whom; so its files are called
   * @param subject in openssl's form, {@code /CN=name}
   * @param names in openssl's form, {@code DNS:name}; there may be none
   * @param purpose {@code serverAuth} or {@code clientAuth}
   */
  public void sign(String who, String subject, String names, String purpose)
      throws IOException, InterruptedException {
    Files.writeString(
        directory.resolve(who + ".ext"),
        (names.isEmpty() ? "" : "subjectAltName=" + names + "\n")
            + "keyUsage=critical,digitalSignature,keyEncipherment\n"
            + "basicConstraints=critical,CA:FALSE\n"
            + "extendedKeyUsage="
            + purpose
            + "\n");
    run(
        "openssl req -utf8 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "
            + who
            + "-key.pem -out "
            + who
            + ".csr",
        "-subj",
        subject);
    run(
        "openssl x509 -req -in "
            + who
            + ".csr -CA ca-cert.pem -CAkey ca-key.pem -CAcreateserial -days 2 -out "
            + who
            + "-cert.pem -extfile "
            + who
            + ".ext");
  }

  private void run(String words, String... more) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(words.split(" ", -1)));
    command.addAll(List.of(more));
    Path log = directory.resolve("log");
    Process process =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    try {
      assertTrue(process.waitFor(60, TimeUnit.SECONDS), words);
      assertEquals(0, process.exitValue(), () -> words + ": " + log);
    } finally {
      process.destroyForcibly();
    }
  }
}
