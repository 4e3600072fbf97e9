package dev.cairn.tests.guardian;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cairn.tests.Cli;
import dev.cairn.tests.qemu.Guest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A QEMU that sends nothing any more while its guest runs is not waited for without end. */
class SilenceTest {
  private static final String POINT = "\"message_type\":\"point\"";
  private static final String DROPPED = "\"message_type\":\"dropped\"";
  private static final String WARNING = "\"message_type\":\"warning\"";

  /** Of the command line, which is one at a time in this process. */
  private static void run(Path directory, String command) {
    new Cli(directory.resolve("store")).run(0, command);
  }

  /**
   * In the midst of the first rounds, or where a checkpoint was asked for. All at once, as most of
   * it is waiting.
   */
  @Test
  void aSilentQemuCostsACheckpointAndNotTheCapture(@TempDir Path directory) throws Exception {
    Map<State, String> states = Map.of(State.S1, "qemu10", State.C1, "qemu11", State.C5, "qemu11");
    List<Path> places = new ArrayList<>();
    List<Future<?>> silent = new ArrayList<>();
    try (ExecutorService threads = Executors.newCachedThreadPool()) {
      for (Map.Entry<State, String> state : states.entrySet()) {
        Path place = Files.createDirectory(directory.resolve(state.getKey().name()));
        run(place, "init");
        places.add(place);
      }
      for (Path place : places) {
        State state = State.valueOf(String.valueOf(place.getFileName()));
        silent.add(
            threads.submit(
                () -> {
                  silent(place, String.valueOf(states.get(state)), state);
                  return null;
                }));
      }
    }
    for (Future<?> one : silent) {
      one.get();
    }
    places.forEach(place -> run(place, "verify"));
  }

  private static void silent(Path directory, String version, State state)
      throws IOException, InterruptedException {
    AtState seam = new AtState(state);
    try (Guest guest = Guest.of(version).start();
        MiddleMan man = MiddleMan.listen(directory.resolve("q"), guest.socket(), seam)) {
      guest.awaitCount(2);
      List<JsonNode> before = settings(guest);
      String mode = state.mode().name().toLowerCase(Locale.ROOT);
      try (RealCapture capture =
          RealCapture.start(directory, man.path(), "--mode", mode, "--every", "100ms")) {
        seam.await();
        assertTrue(capture.says(WARNING), capture::said);
        guest.awaitNextCount();
        assertTrue(capture.says(DROPPED), capture::said);
        String told = capture.lines("warning").getFirst().path("text").asText();
        String why = capture.lines("dropped").getFirst().path("why").asText();
        System.out.printf("%s %s: %s; %s%n", version, state, told, why);
        assertTrue(told.contains("has sent nothing"), told);
        assertTrue(why.contains("has sent nothing"), why);
        int points = capture.times(POINT);
        seam.release();
        assertTrue(capture.saysMore(POINT, points + 2), capture::said);
        capture.child().terminate();
        capture.child().await(143);
        capture.awaitNoGuardian();
      }
      assertEquals(before, settings(guest));
      guest.awaitNextCount();
      guest.assertUnbroken();
    }
  }

  private static List<JsonNode> settings(Guest guest) throws IOException, InterruptedException {
    return List.of(
        guest.execute("query-migrate-capabilities", Map.of()),
        guest.execute("query-migrate-parameters", Map.of()));
  }
}
