package dev.cairn.tests.kill;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cairn.tests.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A writer, a merger, a forgetter and two readers work on one chain. In each round one of them, or
 * all, are killed by SIGKILL: at random, or at one of the {@link KillPoint}s. Each time the store
 * opens, the newest acknowledged point is there, every retained point is exact, what was forgotten
 * is refused, {@code verify} is clean, and the next writer sweeps what was left over. 500 rounds;
 * {@code -Dcairn.soak=N} makes them 500 × N.
 */
class KillRoundsTest {
  private static final int ROUNDS = 500;

  /** In one round of so many all are killed. */
  private static final int ALL_KILLED = 25;

  /**
   * So often each kind of task is hit in its midst, at least: about 20 times are to be expected.
   */
  private static final int LEAST_WITHIN = 3;

  private final Path directory;
  private final Random random = new Random(Settings.seed());

  KillRoundsTest(@TempDir Path directory) {
    this.directory = directory;
  }

  private VictimJvm trained(Path store) throws IOException, InterruptedException {
    Path scratch = Files.createDirectory(directory.resolve("scratch"));
    Path like = store.resolveSibling("like");
    KillRounds.makeStore(like, random);
    return VictimJvm.trained(store, scratch, like);
  }

  @Test
  void whoeverIsKilledNothingAcknowledgedIsLost() throws IOException, InterruptedException {
    int rounds = ROUNDS * Settings.soak();
    try (KillPlace place = KillPlace.in(directory)) {
      Path store = place.path().resolve("store");
      KillRounds.makeStore(store, random);
      try (KillRounds kills = new KillRounds(store, trained(store), random)) {
        try {
          for (int round = 1; round <= rounds; round++) {
            if (round % ALL_KILLED == 0) {
              kills.killAll();
            } else if (round % 2 == 0) {
              kills.killAtPoint();
            } else {
              kills.killAtRandom();
            }
          }
        } finally {
          kills.tell();
        }
        assertEquals(rounds, kills.counts().rounds());
        kills.counts().requireEverywhere(LEAST_WITHIN);
        kills.requireSomethingLeftOver();
      }
    }
  }
}
