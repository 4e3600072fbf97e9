package dev.cairn.tests.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.tests.Child;
import dev.cairn.tests.Cli;
import dev.cairn.tests.VectorStore;
import dev.cairn.transport.tls.Certificates;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A point goes to an unmodified QEMU over TLS, and to nobody else. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ResumeTlsTest {
  private static final int FIRST_COUNT = 6;

  private Path directory = Path.of("");
  private Path store = Path.of("");
  private Cli cli = new Cli(store);
  private Path ours = Path.of("");
  private Path others = Path.of("");

  @BeforeAll
  void makeStore(@TempDir Path temporary) throws IOException, InterruptedException {
    directory = temporary;
    VectorStore made = new VectorStore(temporary);
    store = made.path();
    cli = made.cli();
    ours = new Certificates(temporary.resolve("ours")).directory();
    others = new Certificates(temporary.resolve("others")).directory();
  }

  private GuestSetup secured(String version) {
    return Guest.of(version)
        .options("-object", "tls-creds-x509,id=t,dir=" + ours + ",endpoint=server,verify-peer=on")
        .options("-global", "migration.tls-creds=t")
        .incoming("defer");
  }

  private static String place() throws IOException {
    try (ServerSocket any = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return "tcp:127.0.0.1:" + any.getLocalPort();
    }
  }

  private static String[] resume(Guest guest, String... more) throws IOException {
    List<String> words = new ArrayList<>(List.of("resume", "vm@1"));
    words.addAll(List.of("--qmp", "unix:" + guest.socket(), "--to", place()));
    words.addAll(List.of(more));
    return words.toArray(String[]::new);
  }

  private static void assertCountsOn(Guest guest) throws IOException, InterruptedException {
    guest.awaitCount(FIRST_COUNT + 2);
    guest.awaitNextCount();
    assertEquals(FIRST_COUNT, guest.counts().getFirst(), guest.said());
    guest.assertUnbroken();
  }

  @ParameterizedTest
  @CsvSource({"qemu10,--run", "qemu10,--postcopy", "qemu11,--run", "qemu11,--postcopy"})
  void aPointGoesOverTls(String version, String how) throws IOException, InterruptedException {
    try (Guest guest = secured(version).start()) {
      System.out.println(
          version + " " + cli.json(0, resume(guest, how, "--tls-creds", ours.toString())));
      assertCountsOn(guest);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"qemu10", "qemu11"})
  void aKilledSourceIsReplacedOverTls(String version) throws IOException, InterruptedException {
    try (Guest guest = secured(version).start()) {
      List<String> words = new ArrayList<>(List.of("--store", store.toString()));
      words.addAll(List.of(resume(guest, "--postcopy", "--tls-creds", ours.toString())));
      words.addAll(List.of("--limit-rate", "350K"));
      try (Child child = Child.cairn(directory, words.toArray(String[]::new))) {
        guest.awaitCount(FIRST_COUNT);
        child.kill();
      }
      cli.run(0, resume(guest, "--recover", "--tls-creds", ours.toString()));
      assertCountsOn(guest);
    }
  }

  /** The destination is another one than was meant, or we are nobody that it knows. */
  @ParameterizedTest
  @ValueSource(strings = {"qemu10", "qemu11"})
  void whoIsNotKnownGetsNothing(String version) throws IOException, InterruptedException {
    try (Guest guest = secured(version).start()) {
      Cli.Said said = cli.attempt(resume(guest, "--postcopy", "--tls-creds", others.toString()));
      System.out.println(version + " other authority: " + said.errors().strip());
      assertTrue(said.exit() == 6 || said.exit() == 1, said.toString());
      assertEquals(0, guest.lines().size(), "the guest never ran");
    }
    try (Guest guest = secured(version).start()) {
      Cli.Said said =
          cli.run(
              6,
              resume(guest, "--tls-creds", ours.toString(), "--tls-hostname", "somebody.example"));
      assertTrue(said.errors().contains("somebody.example"), said.errors());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"qemu10", "qemu11"})
  void plainAndSecuredAreToldApartBeforeTheFirstByte(String version)
      throws IOException, InterruptedException {
    try (Guest guest = secured(version).start()) {
      Cli.Said said = cli.run(6, resume(guest, "--postcopy"));
      assertTrue(said.errors().contains("tls-creds"), said.errors());
      assertTrue(
          guest.execute("query-migrate", Map.of()).path("status").isMissingNode(),
          "nothing was begun");
    }
    try (Guest guest = Guest.of(version).incoming("defer").start()) {
      Cli.Said said = cli.run(6, resume(guest, "--postcopy", "--tls-creds", ours.toString()));
      assertTrue(said.errors().contains("tls-creds"), said.errors());
      cli.run(0, resume(guest, "--postcopy"));
      assertCountsOn(guest);
    }
  }
}
