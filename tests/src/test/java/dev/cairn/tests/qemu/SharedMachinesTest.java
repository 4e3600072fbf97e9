package dev.cairn.tests.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cairn.tests.Child;
import dev.cairn.tools.qmp.Qmp;
import dev.cairn.tools.qmp.QmpException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Machines whose memory is of several parts, or becomes more, in mode shared. */
class SharedMachinesTest {
  private final Path directory;
  private final Captured captured;

  SharedMachinesTest(@TempDir Path directory) {
    this.directory = directory;
    this.captured = new Captured(directory);
  }

  private String backend(String id, String kind) {
    return switch (kind) {
          case "file" ->
              "memory-backend-file,share=on,mem-path="
                  + directory.resolve("ram" + System.nanoTime());
          case "memfd" -> "memory-backend-memfd,share=on";
          case "anonymous" -> "memory-backend-ram,share=on";
          default -> "memory-backend-ram";
        }
        + ",size=32M,id="
        + id;
  }

  private GuestSetup mixed(String version, String low, String high) {
    return Guest.of(version)
        .options("-object", backend("a", low), "-object", backend("b", high))
        .options("-numa", "node,nodeid=0,cpus=0,memdev=a", "-numa", "node,nodeid=1,memdev=b");
  }

  /** The guest counts in the lower one. */
  @ParameterizedTest
  @CsvSource({
    "qemu11,file,private",
    "qemu10,private,file",
    "qemu11,file,memfd",
    "qemu10,private,memfd"
  })
  void partsMayBeOfDifferentKinds(String version, String low, String high)
      throws IOException, InterruptedException {
    try (Guest guest = mixed(version, low, high).start()) {
      guest.awaitCount(2);
      try (Child child =
          captured.capture(guest, "--mode", "shared", "--every", "150ms", "--count", "5")) {
        String said = child.await(0);
        assertEquals(List.of(), Captured.of("dropped", said));
        System.out.println(version + " " + low + " " + high + " " + Captured.of("summary", said));
      }
      guest.awaitNextCount();
      guest.assertUnbroken();
    }
    captured.cairn().run(0, "verify");
    int first = captured.countsFrom("vm@0", mixed(version, low, high));
    int last = captured.countsFrom("vm@4", mixed(version, low, high));
    assertTrue(first < last, first + " before " + last);
  }

  private GuestSetup pluggable(String kind) {
    return captured
        .shared(Guest.of("qemu11"), kind)
        .options("-m", "64,slots=2,maxmem=256M")
        // From the start: object-add while a migration begins is the end of a QEMU 11 with TCG.
        .options("-object", "memory-backend-ram,id=more,size=32M")
        .options("-qmp", "unix:" + directory.resolve("q2") + ",server=on,wait=off");
  }

  /** What is plugged in while a capture goes on is in the points from then on. */
  @ParameterizedTest
  @ValueSource(strings = {"file", "memfd"})
  void memoryThatIsPluggedInIsCaptured(String kind) throws IOException, InterruptedException {
    int blocks;
    try (Guest guest = pluggable(kind).start();
        Child child = captured.capture(guest, "--mode", "shared", "--every", "200ms");
        Qmp qmp = Qmp.connect(directory.resolve("q2"), Guest.PATIENCE)) {
      Captured.awaitPoints(child, 3);
      blocks = blocks("vm@latest");
      plug(qmp);
      int before = Captured.points(child).size();
      Captured.awaitPoints(child, before + 5);
      child.terminate();
      child.await(143);
      guest.awaitNextCount();
      guest.assertUnbroken();
    }
    captured.cairn().run(0, "verify");
    assertEquals(blocks + 1, blocks("vm@latest"));
    GuestSetup plugged = pluggable(kind).options("-device", "pc-dimm,id=dimm,memdev=more");
    assertTrue(captured.countsFrom("vm@latest", plugged) > 0);
  }

  /** QEMU refuses it while a migration is under way. */
  private static void plug(Qmp qmp) throws IOException, InterruptedException {
    long end = System.nanoTime() + Guest.PATIENCE.toNanos();
    Map<String, ?> dimm = Map.of("driver", "pc-dimm", "id", "dimm", "memdev", "more");
    while (true) {
      try {
        qmp.execute("device_add", dimm, Guest.PATIENCE);
        return;
      } catch (QmpException e) {
        assertTrue(System.nanoTime() < end, e::getMessage);
        Thread.sleep(1);
      }
    }
  }

  private int blocks(String point) {
    JsonNode shown = captured.cairn().json(0, "show", point);
    return shown.path("blocks").size();
  }
}
