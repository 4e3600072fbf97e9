package dev.cairn.tests;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

/** The process that merges, packs, moves the base, and lets points go. Not thread-safe. */
final class RaceMerger implements RaceMain.Role {
  private static final Set<Integer> EXITS = Set.of(RaceMain.DONE, RaceMain.BUSY);

  private final RaceMain race;
  private final Path manifest;
  private boolean idle;

  RaceMerger(RaceMain race) {
    this.race = race;
    this.manifest = race.store.resolve("chains").resolve(RaceMain.CHAIN).resolve("MANIFEST");
  }

  @Override
  public void turn() throws IOException {
    Object before = fileKey();
    int draw = race.random.nextInt(100);
    idle = false;
    if (draw < 50) {
      merge("merge");
    } else if (draw < 62) {
      merge("compact");
    } else if (draw < 98) {
      forget("--keep-last", "12", "--keep-label", RaceWriter.LABEL);
    } else {
      forget("--keep-last", String.valueOf(RaceMain.KEPT));
    }
    if (idle) {
      awaitChange(before);
    }
  }

  private Object fileKey() throws IOException {
    return Files.readAttributes(manifest, BasicFileAttributes.class).fileKey();
  }

  /** Nothing is due until somebody has changed the chain: leaves the processor to the others. */
  private void awaitChange(Object before) throws IOException {
    for (int i = 0; i < 200 && before.equals(fileKey()); i++) {
      LockSupport.parkNanos(1_000_000);
    }
  }

  private void merge(String command) throws IOException {
    Cli.Said said = race.run(EXITS, command, RaceMain.CHAIN);
    if (said.exit() == RaceMain.DONE) {
      JsonNode row = said.json();
      idle = row.get("merged").asInt() + row.get("rewritten").asInt() == 0;
      race.count(command + (idle ? "s with nothing to do" : "s"));
      for (String what : new String[] {"packed", "basesMoved", "rewritten"}) {
        if (row.get(what).asInt() > 0) {
          race.count("commands by which " + what);
        }
      }
    }
  }

  private void forget(String... rules) throws IOException {
    String[] command = new String[rules.length + 2];
    command[0] = "forget";
    command[1] = RaceMain.CHAIN;
    System.arraycopy(rules, 0, command, 2, rules.length);
    Cli.Said said = race.run(EXITS, command);
    if (said.exit() == RaceMain.DONE) {
      idle = said.json().get("forgotten").isEmpty();
      race.count(idle ? "forgets with nothing to do" : "forgets");
    }
  }

  @Override
  public void close() {}
}
