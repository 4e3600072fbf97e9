package dev.cairn.tests.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cairn.tests.Child;
import dev.cairn.tests.Cli;
import dev.cairn.tests.Settings;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A guest that writes 8 MiB each second is captured for a minute, merged and thinned out. */
class SteadyCaptureTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int PAGE = 4096;

  /** Each of these pages gets each tick's number; two ticks a second: 8 MiB between two points. */
  private static final int PAGES = 2048;

  private static final long FIRST_BYTE = 16 << 20;

  private final Path directory;
  private final Cli cairn;

  SteadyCaptureTest(@TempDir Path directory) {
    this.directory = directory;
    this.cairn = new Cli(directory.resolve("store"));
    cairn.run(0, "init");
  }

  @Test
  void everyPointThatIsKeptIsWholeAndGoesOn() throws IOException, InterruptedException {
    int points = 60 * Settings.soak();
    Firmware firmware = Firmware.ofTheVectors().withPages(PAGES).withPeriods(8);
    List<Long> pages = new ArrayList<>();
    int last;
    try (Guest guest = Guest.of("qemu11").firmware(firmware).start()) {
      guest.awaitCount(2);
      String said = capture(guest, points);
      for (String line : said.lines().filter(l -> l.startsWith("{")).toList()) {
        JsonNode row = JSON.readTree(line);
        switch (row.path("message_type").asText()) {
          case "point" -> pages.add(row.path("pages").asLong());
          case "summary" -> {
            System.out.println(row);
            System.out.printf(
                "bytes stored for each dirty byte: %.3f%n",
                row.path("storedBytes").asDouble() / row.path("dirtyBytes").asDouble());
          }
          default -> {}
        }
      }
      assertEquals(points, pages.size(), said);
      guest.awaitNextCount();
      guest.assertUnbroken();
      last = guest.count();
    }
    cairn.run(0, "verify");
    JsonNode kept = cairn.json(0, "list", "vm").path("points");
    System.out.println(kept.size() + " points kept; " + cairn.json(0, "stats", "vm"));
    assertTrue(kept.size() >= 10 && kept.size() < points, kept.size() + " points kept");
    long before = 0;
    Set<Long> ticks = new HashSet<>();
    for (int i = 0; i < kept.size(); i++) {
      long number = kept.get(i).path("checkpoint").asLong();
      long tick = requireWhole(number);
      // Two points of one tick are of a busy host, on which a capture is late and catches up.
      boolean wroteAll = kept.get(i).path("pages").asLong() >= PAGES;
      assertTrue(
          tick > before - (wroteAll ? 0 : 1) && tick <= last,
          "vm@%d is of its own moment: tick %d behind %d, at most %d"
              .formatted(number, tick, before, last));
      ticks.add(tick);
      before = tick;
      goesOn(number, tick, firmware);
    }
    assertTrue(2 * ticks.size() > kept.size(), "points of few moments: " + ticks);
  }

  private String capture(Guest guest, int points) throws IOException, InterruptedException {
    try (Child child =
        Child.cairn(
            directory,
            "--store",
            directory.resolve("store").toString(),
            "--json",
            "capture",
            "vm",
            "--qmp",
            "unix:" + guest.socket(),
            "--every",
            "1s",
            "--count",
            "" + points,
            "--max-pause",
            "20s",
            "--keep-last",
            "10",
            "--keep-secondly",
            "15",
            "--keep-minutely",
            "5")) {
      return child.await(0, 180 + 3L * points);
    }
  }

  /** The guest writes page after page: a whole point has two numbers at most, the new one first. */
  private long requireWhole(long point) throws IOException {
    Path image = directory.resolve("raw");
    cairn.run(0, "restore", "vm@" + point, "--to", "raw:" + image);
    ByteBuffer word = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN);
    try (FileChannel file = FileChannel.open(image)) {
      long first = -1;
      long at = -1;
      for (int page = 0; page < PAGES; page++) {
        file.read(word.clear(), FIRST_BYTE + (long) page * PAGE);
        long found = word.getInt(0);
        if (page == 0) {
          first = found;
          at = found;
        }
        assertTrue(
            found == at || (at == first && found == first - 1),
            "vm@" + point + ": page " + page + " has " + found + " behind " + at);
        at = found;
      }
      return first;
    }
  }

  private void goesOn(long point, long tick, Firmware firmware)
      throws IOException, InterruptedException {
    Path image = directory.resolve("image");
    cairn.run(0, "restore", "vm@" + point, "--to", "mapped-ram:" + image);
    try (Guest guest =
        Guest.of("qemu11")
            .firmware(firmware)
            .incoming("file:" + image)
            .options("-global", "migration.mapped-ram=on")
            .start()) {
      guest.awaitNextCount();
      guest.awaitNextCount();
      guest.assertUnbroken();
      long first = guest.counts().getFirst();
      assertTrue(first == tick || first == tick + 1, "vm@" + point + " goes on with " + first);
    }
  }
}
