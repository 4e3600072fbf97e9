package dev.cairn.tests.kill;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.tests.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The rounds of kills are able to see losses: victims with a bug turn them red soon. */
class KillMutationsTest {
  private static final int MOST_ROUNDS = 30;

  private final Path directory;

  KillMutationsTest(@TempDir Path directory) {
    this.directory = directory;
  }

  @ParameterizedTest
  @EnumSource
  void victimsWithABugAreSeen(KillMutation mutation) throws IOException, InterruptedException {
    Random random = new Random(Settings.seed());
    Path changed = Files.createDirectory(directory.resolve("changed"));
    mutation.write(changed);
    try (KillPlace place = KillPlace.in(directory)) {
      Path store = place.path().resolve("store");
      KillRounds.makeStore(store, random);
      try (KillRounds kills = new KillRounds(store, VictimJvm.changed(store, changed), random)) {
        Optional<Throwable> red = Optional.empty();
        int round = 0;
        while (red.isEmpty()) {
          round++;
          assertTrue(round <= MOST_ROUNDS, mutation + " is not seen");
          red = failure(mutation, kills);
        }
        String said = red.get().toString();
        System.out.printf("kill mutations: %s is seen in round %d: %s%n", mutation, round, said);
        assertTrue(mutation.isSeenBy(said), said);
      }
    }
  }

  private static Optional<Throwable> failure(KillMutation mutation, KillRounds kills)
      throws InterruptedException {
    try {
      mutation.round(kills);
      return Optional.empty();
    } catch (IOException | AssertionError e) {
      return Optional.of(e);
    }
  }
}
