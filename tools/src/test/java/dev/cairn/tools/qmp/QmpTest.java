package dev.cairn.tools.qmp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cairn.tools.qmp.FakeQemu.Script;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** QMP with a peer that is late, wrong, endless or dead. */
class QmpTest {
  private static final Duration PATIENCE = FakeQemu.PATIENCE;
  private static final Duration SHORT = Duration.ofMillis(30);

  private final Path directory;

  QmpTest(@TempDir Path directory) {
    this.directory = directory;
  }

  private FakeQemu fake(Script script) throws IOException {
    return new FakeQemu(directory, script);
  }

  private static JsonNode execute(Qmp qmp, String command) throws IOException {
    return qmp.execute(command, Map.of(), PATIENCE);
  }

  @Test
  void theGreetingTellsTheVersionAndOutOfBandIsAskedFor() throws Exception {
    try (FakeQemu fake =
        fake(
            client -> {
              JsonNode asked = client.greet();
              assertEquals("qmp_capabilities", asked.path("execute").asText());
              assertEquals("oob", asked.path("arguments").path("enable").path(0).asText());
              client.awaitEnd();
            })) {
      try (Qmp qmp = Qmp.connect(fake.path(), PATIENCE)) {
        assertEquals("11.1.3", qmp.version());
        assertTrue(qmp.isOutOfBand());
      }
      fake.await();
    }
  }

  @Test
  void closingItAgainDoesNothing() throws Exception {
    try (FakeQemu fake =
        fake(
            client -> {
              client.greet();
              client.awaitEnd();
            })) {
      Qmp qmp = Qmp.connect(fake.path(), PATIENCE);
      qmp.close();
      qmp.close();
      assertThrows(QmpLostException.class, () -> execute(qmp, "query-status"));
      fake.await();
    }
  }

  @Test
  void nobodyAsksForWhatIsNotOffered() throws Exception {
    try (FakeQemu fake =
        fake(
            client -> {
              client.say(FakeQemu.GREETING.replace("[\"oob\"]", "[]"));
              JsonNode asked = client.read();
              assertFalse(asked.has("arguments"));
              client.answer(asked, "{}");
              JsonNode inTurn = client.read();
              assertTrue(inTurn.has("execute"));
              client.answer(inTurn, "{}");
            })) {
      try (Qmp qmp = Qmp.connect(fake.path(), PATIENCE)) {
        assertFalse(qmp.isOutOfBand());
        qmp.executeOutOfBand("migrate-recover", Map.of(), PATIENCE);
      }
      fake.await();
    }
  }

  @Test
  void noGreetingMeansThatAnotherClientHoldsTheSocket() throws Exception {
    CountDownLatch told = new CountDownLatch(1);
    try (FakeQemu fake = fake(client -> told.await())) {
      SocketTimeoutException held =
          assertThrows(SocketTimeoutException.class, () -> Qmp.connect(fake.path(), SHORT));
      assertTrue(
          String.valueOf(held.getMessage()).contains("another client holds"), held.getMessage());
      told.countDown();
      fake.await();
    }
  }

  @Test
  void aGreetingThatTricklesIsNotWaitedForLonger() throws Exception {
    CountDownLatch told = new CountDownLatch(1);
    try (FakeQemu fake =
        fake(
            client -> {
              client.write(FakeQemu.GREETING.substring(0, 30));
              told.await();
            })) {
      assertThrows(SocketTimeoutException.class, () -> Qmp.connect(fake.path(), SHORT));
      told.countDown();
      fake.await();
    }
  }

  @Test
  void aLateGreetingIsInTime() throws Exception {
    try (FakeQemu fake =
        fake(
            client -> {
              TimeUnit.MILLISECONDS.sleep(50);
              client.greet();
              client.awaitEnd();
            })) {
      Qmp.connect(fake.path(), PATIENCE).close();
      fake.await();
    }
  }

  @Test
  void whatIsNoQmpSocketIsToldAsSuch() throws Exception {
    for (String line : List.of("HTTP/1.1 400 Bad Request", "[]", "{\"QMP\": 1}", "\u0000\u0001")) {
      try (FakeQemu fake = fake(client -> client.say(line))) {
        IOException e =
            assertThrows(IOException.class, () -> Qmp.connect(fake.path(), PATIENCE), line);
        assertTrue(
            String.valueOf(e.getMessage()).contains("is that a QMP socket?"), e.getMessage());
        assertFalse(
            String.valueOf(e.getMessage()).contains("Bad"), "what a socket says is not repeated");
        fake.await();
      }
    }
    try (FakeQemu fake = fake(_ -> {})) {
      assertThrows(QmpLostException.class, () -> Qmp.connect(fake.path(), PATIENCE));
    }
    assertThrows(ConnectException.class, () -> Qmp.connect(directory.resolve("no"), PATIENCE));
  }

  @Test
  void errorsTellQemusWordsOnOneLineAndNoArguments() throws Exception {
    try (FakeQemu fake =
        fake(
            client -> {
              client.greet();
              JsonNode command = client.read();
              client.say(
                  "{\"error\": {\"class\": \"GenericError\", \"desc\": \"no\\nsuch \\u001b[1m"
                      + "thing"
                      + "x".repeat(5000)
                      + "\"}, \"id\": "
                      + command.get("id")
                      + "}");
              client.awaitEnd();
            })) {
      try (Qmp qmp = Qmp.connect(fake.path(), PATIENCE)) {
        QmpException e =
            assertThrows(
                QmpException.class,
                () -> qmp.execute("set_password", Map.of("password", "s3cret"), PATIENCE));
        assertEquals("GenericError", e.errorClass());
        assertEquals("set_password", e.command());
        assertTrue(e.description().startsWith("no such  [1mthingx"), e.description());
        assertTrue(e.description().length() <= 400);
        assertFalse(String.valueOf(e.getMessage()).contains("s3cret"));
      }
      fake.await();
    }
  }

  @Test
  void answersComeByIdWhateverTheirOrderAndEventsBetween() throws Exception {
    try (FakeQemu fake =
        fake(
            client -> {
              client.greet();
              List<JsonNode> commands = List.of(client.read(), client.read(), client.read());
              client.event("STOP", 1);
              for (JsonNode command : commands.reversed()) {
                client.answer(command, "\"" + command.path("execute").asText() + "\"");
                client.event("RESUME", 2);
              }
              client.awaitEnd();
            })) {
      try (Qmp qmp = Qmp.connect(fake.path(), PATIENCE)) {
        List<FutureTask<String>> tasks = new ArrayList<>();
        for (String name : List.of("one", "two", "three")) {
          FutureTask<String> task = new FutureTask<>(() -> execute(qmp, name).asText());
          Thread.ofPlatform().daemon().start(task);
          tasks.add(task);
        }
        for (int i = 0; i < 3; i++) {
          assertEquals(
              List.of("one", "two", "three").get(i), tasks.get(i).get(60, TimeUnit.SECONDS));
        }
        assertEquals(
            1,
            qmp.awaitEvent(0, e -> e.name().equals("STOP"), PATIENCE)
                .orElseThrow()
                .data()
                .path("n")
                .asInt());
        assertEquals(4, qmp.awaitEvent(3, _ -> true, PATIENCE).orElseThrow().number());
        assertTrue(qmp.awaitEvent(4, _ -> true, Duration.ZERO).isEmpty());
      }
      fake.await();
    }
  }

  @Test
  void aLateAnswerIsNotTakenForAnothers() throws Exception {
    CountDownLatch timedOut = new CountDownLatch(1);
    try (FakeQemu fake =
        fake(
            client -> {
              client.greet();
              JsonNode first = client.read();
              timedOut.await();
              JsonNode second = client.read();
              client.answer(first, "\"late\"");
              client.answer(first, "\"again\"");
              client.answer(second, "\"right\"");
              client.awaitEnd();
            })) {
      try (Qmp qmp = Qmp.connect(fake.path(), PATIENCE)) {
        SocketTimeoutException late =
            assertThrows(SocketTimeoutException.class, () -> qmp.execute("stop", Map.of(), SHORT));
        assertTrue(String.valueOf(late.getMessage()).startsWith("stop: "), late.getMessage());
        timedOut.countDown();
        assertEquals("right", execute(qmp, "query-status").asText());
      }
      fake.await();
    }
  }

  @Test
  void anOutOfBandCommandFindsRoomBehindOrdinaryOnesThatAreNotAnswered() throws Exception {
    try (FakeQemu fake =
        fake(
            client -> {
              client.greet();
              for (int i = 0; i < 7; i++) {
                assertTrue(client.read().has("execute"));
              }
              JsonNode overtaking = client.read();
              assertEquals("migrate-pause", overtaking.path("exec-oob").asText());
              client.answer(overtaking, "{}");
              client.awaitEnd();
            })) {
      try (Qmp qmp = Qmp.connect(fake.path(), PATIENCE)) {
        for (int i = 0; i < 9; i++) {
          assertThrows(SocketTimeoutException.class, () -> qmp.execute("cont", Map.of(), SHORT));
        }
        qmp.executeOutOfBand("migrate-pause", Map.of(), PATIENCE);
      }
      fake.await();
    }
  }

  @Test
  void deathInTheMiddleOfAnAnswerIsToldToAllWhoWait() throws Exception {
    try (FakeQemu fake =
        fake(
            client -> {
              client.greet();
              client.event("SHUTDOWN", 1);
              client.read();
              client.write("{\"return\": {}, \"i");
            })) {
      try (Qmp qmp = Qmp.connect(fake.path(), PATIENCE)) {
        QmpLostException lost =
            assertThrows(QmpLostException.class, () -> execute(qmp, "query-status"));
        assertTrue(String.valueOf(lost.getMessage()).contains("it has ended"), lost.getMessage());
        assertThrows(QmpLostException.class, () -> execute(qmp, "query-status"));
        assertTrue(
            qmp.awaitEvent(0, e -> e.name().equals("SHUTDOWN"), PATIENCE).isPresent(),
            "what came before is still told");
        assertThrows(QmpLostException.class, () -> qmp.awaitEvent(1, _ -> true, PATIENCE));
      }
      fake.await();
    }
  }

  @Test
  void anEndlessLineIsCutOffAndTold() throws Exception {
    try (FakeQemu fake =
        fake(
            client -> {
              client.greet();
              client.read();
              String much = "x".repeat(1 << 20);
              assertThrows(
                  IOException.class,
                  () -> {
                    client.write("{\"return\": \"");
                    while (true) {
                      client.write(much);
                    }
                  });
            })) {
      try (Qmp qmp = Qmp.connect(fake.path(), PATIENCE)) {
        IOException e = assertThrows(IOException.class, () -> execute(qmp, "query-status"));
        assertTrue(String.valueOf(e.getMessage()).contains("bytes in a line"), e.getMessage());
      }
      fake.await();
    }
  }

  @Test
  void deepNestingIsCutOff() throws Exception {
    try (FakeQemu fake =
        fake(
            client -> {
              client.greet();
              client.read();
              client.say("{\"return\": " + "[".repeat(100_000));
            })) {
      try (Qmp qmp = Qmp.connect(fake.path(), PATIENCE)) {
        assertThrows(QmpLostException.class, () -> execute(qmp, "query-status"));
      }
      fake.await();
    }
  }

  @Test
  void aLongAnswerComesWhole() throws Exception {
    String text = "y".repeat(3_000_000);
    try (FakeQemu fake =
        fake(
            client -> {
              client.greet();
              for (int i = 0; i < 3; i++) {
                client.answer(client.read(), "\"" + text + "\"");
              }
              client.awaitEnd();
            })) {
      try (Qmp qmp = Qmp.connect(fake.path(), PATIENCE)) {
        for (int i = 0; i < 3; i++) {
          assertEquals(text, execute(qmp, "query-blockstats").asText());
        }
      }
      fake.await();
    }
  }

  @Test
  void onlyTheNewestEventsAreKept() throws Exception {
    try (FakeQemu fake =
        fake(
            client -> {
              client.greet();
              for (int i = 1; i <= 5000; i++) {
                client.event("RTC_CHANGE", i);
              }
              client.awaitEnd();
            })) {
      try (Qmp qmp = Qmp.connect(fake.path(), PATIENCE)) {
        assertTrue(qmp.awaitEvent(0, e -> e.number() == 5000, PATIENCE).isPresent());
        assertEquals(5000, qmp.lastEvent());
        assertEquals(4001, qmp.awaitEvent(0, _ -> true, PATIENCE).orElseThrow().number());
      }
      fake.await();
    }
  }

  @Test
  void closeWakesWhoeverWaits() throws Exception {
    try (FakeQemu fake =
        fake(
            client -> {
              client.greet();
              client.awaitEnd();
            })) {
      FutureTask<IOException> waiter;
      try (Qmp qmp = Qmp.connect(fake.path(), PATIENCE)) {
        waiter =
            new FutureTask<>(
                () -> assertThrows(IOException.class, () -> execute(qmp, "query-status")));
        Thread.ofPlatform().daemon().start(waiter);
      }
      String message = String.valueOf(waiter.get(60, TimeUnit.SECONDS).getMessage());
      assertTrue(message.contains("closed") || message.contains("gone"), message);
      fake.await();
    }
  }
}
