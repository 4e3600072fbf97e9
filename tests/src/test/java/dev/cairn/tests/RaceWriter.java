package dev.cairn.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/** The process that makes checkpoints. Not thread-safe. */
final class RaceWriter implements RaceMain.Role {
  private static final List<String> CODECS = List.of("plain", "plain", "lz4", "zstd");
  private static final int LABELLED = 16;

  /** Points with this label are kept, mostly. */
  static final String LABEL = "keep";

  private final RaceMain race;
  private long next;

  RaceWriter(RaceMain race) throws IOException {
    this.race = race;
    this.next = race.list().getLast() + 1;
  }

  @Override
  public void turn() throws IOException {
    Path image = Files.write(race.own.resolve("image"), RaceMain.MEMORY.at(next));
    Cli.Said said =
        race.run(
            Set.of(RaceMain.DONE, RaceMain.BUSY),
            "checkpoint",
            RaceMain.CHAIN,
            "--from",
            "raw:" + image,
            "--codec",
            CODECS.get(race.random.nextInt(CODECS.size())),
            "--label",
            next % LABELLED == 0 ? LABEL : "p" + next);
    if (said.exit() == RaceMain.BUSY) {
      return; // it captures again
    }
    assertEquals(next, said.json().get("checkpoint").asLong());
    race.count("checkpoints");
    if (next % 4 == 0) {
      assertEquals(next, race.list().getLast(), "the newest acknowledged point is there");
    }
    next++;
  }

  @Override
  public void close() {
    System.out.println("newest " + (next - 1));
  }
}
