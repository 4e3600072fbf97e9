package dev.cairn.tests.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** An authority and what it has signed, under the names that QEMU gives them; by openssl. */
final class Certificates {
  private final Path directory;

  /** Makes the authority, a server's and a client's certificate. */
  Certificates(Path directory) throws IOException, InterruptedException {
    this.directory = Files.createDirectories(directory);
    run(
        "openssl req -x509 -newkey rsa:2048 -nodes -keyout ca-key.pem -out ca-cert.pem -days 2"
            + " -subj /CN=authority -addext keyUsage=critical,keyCertSign");
    sign("server", "subjectAltName=DNS:localhost,IP:127.0.0.1", "serverAuth");
    sign("client", "subjectAltName=DNS:client", "clientAuth");
  }

  /** Returns where they are. */
  Path directory() {
    return directory;
  }

  private void sign(String who, String names, String purpose)
      throws IOException, InterruptedException {
    Files.writeString(
        directory.resolve(who + ".ext"),
        names
            + "\nkeyUsage=critical,digitalSignature,keyEncipherment\nbasicConstraints=critical,CA:FALSE"
            + "\nextendedKeyUsage="
            + purpose
            + "\n");
    run(
        "openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "
            + who
            + "-key.pem -out "
            + who
            + ".csr -subj /CN="
            + who);
    run(
        "openssl x509 -req -in "
            + who
            + ".csr -CA ca-cert.pem -CAkey ca-key.pem -CAcreateserial -days 2 -out "
            + who
            + "-cert.pem -extfile "
            + who
            + ".ext");
  }

  private void run(String words) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(List.of(words.split(" ", -1)))
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("log").toFile())
            .start();
    try {
      assertTrue(process.waitFor(60, TimeUnit.SECONDS), words);
      assertEquals(0, process.exitValue(), words);
    } finally {
      process.destroyForcibly();
    }
  }
}
