package dev.cairn.transport.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.store.RefusedException;
import java.io.IOException;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** By which name a certificate is known. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PeerNameTest {
  private final Path directory;
  private final Certificates certificates;

  PeerNameTest(@TempDir Path temporary) throws IOException, InterruptedException {
    directory = temporary;
    certificates = new Certificates(temporary);
  }

  private X509Certificate certificate(String subject, String names)
      throws IOException, InterruptedException {
    certificates.sign("one", subject, names, "clientAuth");
    return PemFile.read(directory.resolve("one-cert.pem")).certificates().getFirst();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "none",
      value = {
        "/CN=common|DNS:first.example,DNS:second.example|first.example",
        "/CN=common|IP:127.0.0.1,DNS:Second.EXAMPLE|second.example",
        "/CN=common|IP:127.0.0.1,email:a@b.example|common",
        "/CN=common|''|common",
        "/CN=Not lowered|''|Not lowered",
        "/O=x/CN=outer/OU=y/CN=inner|''|inner",
        "/O=x, CN=admin/CN=plain|''|plain",
        "/CN=a, CN=admin|''|a, CN=admin",
        "/CN=häus|''|häus",
      })
  void itIsTheFirstHostElseTheCommonName(String subject, String names, String expected)
      throws Exception {
    assertEquals(expected, PeerName.of(certificate(subject, names)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/O=nobody|''|neither",
        "/O=x, CN=admin|''|neither",
        "/CN=uid:0|''|other characters",
        "/CN= padded|''|other characters",
        "/CN=zero\u200bwidth|''|other characters",
        "/CN=tab\there|''|other characters",
        "/CN=common|DNS:a:b|other characters",
      })
  void aNameThatCouldBeTakenForAnotherIsRefused(String subject, String names, String found)
      throws Exception {
    X509Certificate certificate = certificate(subject, names);
    RefusedException refused = assertThrows(RefusedException.class, () -> PeerName.of(certificate));
    assertTrue(String.valueOf(refused.getMessage()).contains("found " + found), refused.toString());
  }
}
