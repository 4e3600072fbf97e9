package dev.cairn.tests.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.tools.linux.UnixSocket;
import dev.cairn.tools.qmp.QemuProcess;
import dev.cairn.tools.qmp.Qmp;
import dev.cairn.tools.qmp.QmpException;
import dev.cairn.tools.qmp.QmpLostException;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** QMP with real QEMUs. */
class QmpTest {
  @ParameterizedTest
  @ValueSource(strings = {"qemu10", "qemu11"})
  void commandsEventsAndErrorsComeBack(String version) throws IOException, InterruptedException {
    try (Guest guest = Guest.of(version).start();
        Qmp qmp = guest.qmp()) {
      System.out.println(version + " is QEMU " + qmp.version());
      assertTrue(qmp.version().startsWith(version.substring(4) + "."), qmp.version());
      assertTrue(qmp.isOutOfBand());
      assertEquals(guest.pid(), QemuProcess.find(qmp, Guest.PATIENCE).orElseThrow());
      guest.awaitCount(2);
      long before = qmp.lastEvent();
      qmp.execute("stop", Map.of(), Guest.PATIENCE);
      assertTrue(qmp.awaitEvent(before, e -> e.name().equals("STOP"), Guest.PATIENCE).isPresent());
      assertEquals(
          "paused", qmp.execute("query-status", Map.of(), Guest.PATIENCE).path("status").asText());
      QmpException refused =
          assertThrows(
              QmpException.class,
              () -> qmp.execute("no-such-command", Map.of("secret", "s3cret"), Guest.PATIENCE));
      assertEquals("CommandNotFound", refused.errorClass());
      qmp.execute("cont", Map.of(), Guest.PATIENCE);
      guest.awaitNextCount();
      guest.assertUnbroken();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"qemu10", "qemu11"})
  void aSecondClientIsToldThatAnotherHoldsTheSocket(String version)
      throws IOException, InterruptedException {
    try (Guest guest = Guest.of(version).start()) {
      try (Qmp qmp = guest.qmp()) {
        assertFalse(qmp.version().isEmpty());
        for (int i = 0; i < 3; i++) {
          SocketTimeoutException held =
              assertThrows(
                  SocketTimeoutException.class,
                  () -> Qmp.connect(guest.socket(), Duration.ofMillis(200)));
          String message = String.valueOf(held.getMessage());
          assertTrue(message.contains("another client holds"), message);
        }
      }
      assertEquals("running", guest.execute("query-status", Map.of()).path("status").asText());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"qemu10", "qemu11"})
  void aDescriptorIsPassed(String version) throws IOException, InterruptedException {
    try (Guest guest = Guest.of(version).start();
        Qmp qmp = guest.qmp()) {
      var pair = UnixSocket.pair("QEMU's fd:cairn");
      try (UnixSocket ours = pair.get(0)) {
        try (UnixSocket theirs = pair.get(1)) {
          qmp.executeWith(theirs.number(), "getfd", Map.of("fdname", "cairn"), Guest.PATIENCE);
        }
        assertFalse(ours.awaitInput(Duration.ZERO), "QEMU holds the other end");
        qmp.execute("migrate", Map.of("uri", "fd:cairn"), Guest.PATIENCE);
        assertTrue(ours.awaitInput(Guest.PATIENCE), "the migration begins");
      }
      guest.awaitNextCount();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"qemu10", "qemu11"})
  void theDeathOfQemuIsToldToWhoeverWaits(String version) throws IOException, InterruptedException {
    try (Guest guest = Guest.of(version).start();
        Qmp qmp = guest.qmp()) {
      guest.kill();
      assertThrows(QmpLostException.class, () -> qmp.awaitEvent(0, e -> false, Guest.PATIENCE));
      assertThrows(
          QmpLostException.class, () -> qmp.execute("query-status", Map.of(), Guest.PATIENCE));
    }
  }
}
