package dev.cairn.tools.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cairn.store.RamLayout;
import dev.cairn.store.io.Missing;
import dev.cairn.tools.Cairn;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Each program that Cairn is held against does its work; how fast that is is no test. */
class PeersBenchTest {
  private final Path directory;

  PeersBenchTest(@TempDir Path directory) {
    this.directory = directory;
  }

  private List<JsonNode> bench(String... words) throws IOException {
    return BenchRows.of(directory, List.of("--quick", "--ram", "16M"), words);
  }

  /** A restore that differs from its image by a byte fails the bench itself. */
  @Test
  @Timeout(240)
  void eachPeerKeepsPointsAndRestoresThem() throws IOException {
    for (String peer : Peers.names()) {
      Peers.missing(peer).ifPresent(why -> Missing.part(peer + " (" + why + ")"));
    }
    List<JsonNode> rows = bench("peers");
    List<String> all = new ArrayList<>(Peers.names());
    for (Peer.Way way : Peer.Way.values()) {
      all.add(way.text());
    }
    for (String peer : all) {
      List<JsonNode> its =
          rows.stream().filter(row -> row.path("peer").asText().equals(peer)).toList();
      assertEquals(
          List.of("checkpoint", "stored", "restore"),
          its.stream().map(row -> row.path("of").asText()).toList(),
          peer);
      assertTrue(its.get(0).path("nanos").asLong() > 0, peer);
      long changed = its.get(1).path("changedBytes").asLong();
      long stored = its.get(1).path("storedBytes").asLong();
      assertTrue(stored > changed * 95 / 100, () -> peer + ": random bytes in " + stored);
    }
    assertFalse(Files.readString(Path.of("/proc/self/mountinfo")).contains(directory.toString()));
    try (Stream<Path> left = Files.list(directory)) {
      assertEquals(List.of(), left.toList());
    }
  }

  @Test
  @Timeout(60)
  void aPeerThatIsAbsentIsARowAndNoError() throws IOException {
    List<String> command = new ArrayList<>(List.of("/usr/bin/env", "PATH=/nowhere"));
    command.addAll(
        Children.cairn(
            List.of("bench", "peers", "--against", "restic,borg", "--dir", directory.toString())));
    String said = Children.run(Files.createTempFile(directory, "log", ""), command);
    assertTrue(said.contains("absent: no restic (package restic)"), said);
    assertTrue(said.contains("absent: no borg (package borgbackup)"), said);
  }

  @Test
  void anUnknownPeerIsAUsageError() {
    assertEquals(2, Cairn.run("bench", "peers", "--against", "tar"));
  }

  @Test
  void aPeerThatRestoresAnotherImageIsFoundOut() throws IOException {
    RamLayout layout = PagesImage.layout(ChangingImage.PAGE, 64);
    Path path = directory.resolve("image");
    try (ChangingImage image = ChangingImage.create(path, layout, new Random(1));
        RocksPeer peer = RocksPeer.create(Files.createDirectory(directory.resolve("rocks")))) {
      peer.checkpoint(0, image, PagesImage.run(0, 64));
      Path first = Files.copy(path, directory.resolve("first"));
      image.change(new long[] {3, 9});
      peer.checkpoint(1, image, new long[] {3, 9});
      peer.restore(0, directory.resolve("restored-0"));
      peer.restore(1, directory.resolve("restored-1"));
      PeersBench.check(peer, directory.resolve("restored-0"), first);
      PeersBench.check(peer, directory.resolve("restored-1"), path);
      assertThrows(
          IOException.class, () -> PeersBench.check(peer, directory.resolve("restored-1"), first));
    }
  }
}
