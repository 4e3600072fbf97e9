package dev.cairn.tests.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.tests.Child;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Machines whose memory is of several parts, in mode shared. */
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
}
