package dev.cairn.tests.guardian;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cairn.tests.Child;
import dev.cairn.tests.Cli;
import dev.cairn.tests.qemu.Guest;
import dev.cairn.tests.qemu.Lab;
import dev.cairn.tools.capture.AttachFile;
import dev.cairn.tools.qmp.Qmp;
import dev.cairn.tools.qmp.Qmp.Event;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What may happen to a real capture at a moment that nobody meets by chance. */
class MeddledCaptureTest {
  private static final String DROPPED = "\"message_type\":\"dropped\"";
  private static final String POINT = "\"message_type\":\"point\"";

  private final Path directory;
  private final Cli cairn;

  MeddledCaptureTest(@TempDir Path directory) {
    this.directory = directory;
    this.cairn = new Cli(directory.resolve("store"));
    cairn.run(0, "init");
  }

  /**
   * Resets the machine when its devices have come, and its memory is about to be read: in the pause
   * of the first migration that leaves files out. Used by the threads of one middle man.
   */
  private static final class Resetter implements MiddleMan.Meddler {
    private final Qmp second;
    private final AtomicInteger migrations = new AtomicInteger();
    private final ByteArrayOutputStream held = new ByteArrayOutputStream();

    Resetter(Qmp second) {
      this.second = second;
    }

    @Override
    public void command(String line) {
      if (line.contains("\"getfd\"")) {
        migrations.incrementAndGet();
      }
    }

    @Override
    public byte[] stream(byte[] bytes) throws IOException {
      if (migrations.get() != 2) {
        return bytes;
      }
      held.writeBytes(bytes);
      byte[] all = held.toByteArray();
      if (!isWhole(all)) {
        return new byte[0];
      }
      long before = second.lastEvent();
      second.execute("system_reset", Map.of(), Guest.PATIENCE);
      Optional<Event> reset =
          second.awaitEvent(before, event -> event.name().equals("RESET"), Guest.PATIENCE);
      assertTrue(reset.isPresent(), "in a pause QEMU resets a machine, too");
      held.reset();
      return all;
    }

    /** The description of the devices comes last. */
    private static boolean isWhole(byte[] all) {
      ByteBuffer fields = ByteBuffer.wrap(all);
      for (int at = 0; at + 6 < all.length; at++) {
        boolean json = all[at] == 6 && all[at + 5] == '{';
        if (json && fields.getInt(at + 1) == all.length - at - 5) {
          return true;
        }
      }
      return false;
    }
  }

  /** Devices of before a reset and memory of after it are no point. */
  @Test
  void aMachineThatIsResetBeforeItsMemoryIsReadLosesThePoint()
      throws IOException, InterruptedException {
    Path monitor = directory.resolve("q2");
    try (Guest guest =
            Guest.of(Lab.QEMU_11)
                .sharedFile(directory.resolve("ram"))
                .options("-qmp", "unix:" + monitor + ",server=on,wait=off")
                .start();
        Qmp second = Qmp.connect(monitor, Guest.PATIENCE);
        MiddleMan man =
            MiddleMan.listen(directory.resolve("q"), guest.socket(), new Resetter(second));
        RealCapture capture =
            RealCapture.start(
                directory,
                man.path(),
                "--mode",
                "shared",
                "--every",
                "100ms",
                "--max-pause",
                "20s")) {
      assertTrue(capture.says(DROPPED), capture::said);
      assertEquals(1, capture.lines("point").size(), capture::said);
      String why = capture.lines("dropped").getFirst().path("why").asText();
      assertTrue(why.startsWith("the guest was reset, or went on"), why);
      assertTrue(capture.saysMore(POINT, 3), capture::said);
      capture.child().terminate();
      capture.child().await(143);
      assertEquals(1, capture.lines("dropped").size(), capture::said);
    }
    cairn.run(0, "verify");
  }

  /** Says that the guest runs behind the first picture of its disks that QEMU has taken. */
  private static final class Liar implements MiddleMan.Meddler {
    private final AtomicInteger pictures = new AtomicInteger();

    @Override
    public void command(String line) {
      if (line.contains("\"execute\":\"transaction\"")) {
        pictures.incrementAndGet();
      }
    }

    @Override
    public String answer(String line) {
      boolean answers = line.contains("\"return\": {}") && pictures.compareAndSet(1, 2);
      return answers ? "{\"event\": \"RESUME\", \"data\": {}}\r\n" + line : line;
    }
  }

  /** The machine goes on with them: who looks after it has to know. */
  @Test
  void theOverlaysOfADroppedPointAreToldAndInTheAttachFile()
      throws IOException, InterruptedException {
    Path disk = directory.resolve("disk.raw");
    Files.write(disk, new byte[1 << 20]);
    Path overlays = Files.createDirectory(directory.resolve("overlays"));
    AttachFile file = AttachFile.of(directory.resolve("store"), RealCapture.CHAIN);
    try (Guest guest =
            Guest.of(Lab.QEMU_10)
                .options("-blockdev", "driver=file,node-name=f0,filename=" + disk)
                .options("-blockdev", "driver=raw,node-name=d0,file=f0")
                .options("-device", "virtio-blk-pci,drive=d0")
                .start();
        MiddleMan man = MiddleMan.listen(directory.resolve("q"), guest.socket(), new Liar());
        RealCapture capture =
            RealCapture.start(
                directory,
                man.path(),
                "--mode",
                "stream",
                "--every",
                "100ms",
                "--max-pause",
                "20s",
                "--disk-snapshot",
                "blockdev:" + overlays,
                "--disk-every",
                "1000")) {
      assertTrue(capture.saysMore(POINT, 1), capture::said);
      JsonNode dropped = capture.lines("dropped").getFirst();
      List<String> named = file.read().orElseThrow().overlays();
      assertEquals(1, named.size(), capture::said);
      assertTrue(named.getFirst().startsWith(overlays.toString()), named::toString);
      assertTrue(Files.exists(Path.of(named.getFirst())));
      String why = dropped.path("why").asText();
      assertTrue(why.endsWith("; its disk overlays go on: " + named.getFirst()), why);
      capture.child().terminate();
      capture.child().await(143);
    }
    // The picture is taken again for the first point, and then no more.
    JsonNode first = cairn.json(0, "show", RealCapture.CHAIN + "@0").path("disks");
    assertEquals(1, first.path("disks").size());
    assertTrue(cairn.json(0, "show", RealCapture.CHAIN + "@1").path("disks").isMissingNode());
    try (var made = Files.list(overlays)) {
      assertEquals(2, made.count());
    }
  }

  /** Ends the connection where settings are put back. */
  private static final class Breaker implements MiddleMan.Meddler {
    private final AtomicInteger changes = new AtomicInteger();

    @Override
    public void command(String line) throws IOException {
      if (line.contains("migrate-set-capabilities") && changes.incrementAndGet() == 2) {
        throw new IOException("that was all");
      }
    }
  }

  @Test
  void oneOfManyThatHasAllItsPointsTakesNoMoreIfOnlyItsEndFails()
      throws IOException, InterruptedException {
    Path config = directory.resolve("capture.toml");
    try (Guest guest = Guest.of(Lab.QEMU_10).start();
        MiddleMan man = MiddleMan.listen(directory.resolve("q"), guest.socket(), new Breaker())) {
      Files.writeString(
          config,
          "capture.vm = { qmp = 'unix:%s', mode = 'stream', every = '100ms', count = 2 }%n"
              .formatted(man.path()));
      List<JsonNode> before = settings(guest);
      try (Child child =
          Child.cairn(
              directory,
              "--store",
              directory.resolve("store").toString(),
              "--json",
              "capture",
              "--config",
              config.toString())) {
        assertTrue(child.hasEndedWithin(60_000_000), child.said());
        assertTrue(child.exitCode() != 0, child.said());
        assertTrue(child.said().contains("only its end has failed"), child.said());
      }
      guest.awaitNextCount();
      awaitBefore(guest, before);
    }
    assertEquals(2, cairn.json(0, "list", "vm").path("points").size());
  }

  /** The guardian puts back what the capture could not. */
  private static void awaitBefore(Guest guest, List<JsonNode> before)
      throws IOException, InterruptedException {
    long end = System.nanoTime() + Guest.PATIENCE.toNanos();
    while (!settings(guest).equals(before)) {
      assertTrue(System.nanoTime() < end, "in time the settings are as before");
    }
  }

  private static List<JsonNode> settings(Guest guest) throws IOException, InterruptedException {
    return List.of(
        guest.execute("query-migrate-capabilities", Map.of()),
        guest.execute("query-migrate-parameters", Map.of()));
  }
}
