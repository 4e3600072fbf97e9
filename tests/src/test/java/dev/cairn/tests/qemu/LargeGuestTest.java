package dev.cairn.tests.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.tests.Child;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Guests with more memory than the buffer. */
class LargeGuestTest {
  private static final int NOISE_MIB = 192;
  private static final int NOISE_AT_MIB = 32;

  private final Path directory;
  private final Captured captured;

  LargeGuestTest(@TempDir Path directory) {
    this.directory = directory;
    this.captured = new Captured(directory);
  }

  /** What has no room in 16 MiB lies in a file without a name. */
  @ParameterizedTest
  @CsvSource({"qemu11,colo", "qemu10,stream"})
  void aGuestThatIsLargerThanTheBufferGoesThroughAFile(String version, String mode)
      throws IOException, InterruptedException {
    Firmware large = new Firmware(64, 4096, 4, NOISE_MIB << 8);
    try (Guest guest = Guest.of(version).memoryMiB(256).firmware(large).start()) {
      guest.awaitCount(2);
      try (Child child =
          captured.capture(
              guest, "--mode", mode, "--count", "3", "--buffer", "16M", "--every", "300ms")) {
        String said = child.await(0);
        System.out.println(version + " " + Captured.of("summary", said));
        assertEquals(List.of(), Captured.of("dropped", said));
        assertEquals(3, Captured.of("point", said).size());
      }
      guest.awaitNextCount();
      guest.assertUnbroken();
    }
    captured.cairn().run(0, "verify");
    int first = captured.countsFrom("vm@0", Guest.of(version).memoryMiB(256).firmware(large));
    int last = captured.countsFrom("vm@2", Guest.of(version).memoryMiB(256).firmware(large));
    assertTrue(first < last, first + " before " + last);
    assertNoise("vm@0");
    assertNoise("vm@2");
  }

  /** Whether what the firmware wrote once is there, word for word. */
  private void assertNoise(String point) throws IOException {
    Path raw = directory.resolve("raw");
    captured.cairn().run(0, "restore", point, "--to", "raw:" + raw);
    ByteBuffer bytes = ByteBuffer.allocate(1 << 20).order(ByteOrder.LITTLE_ENDIAN);
    int word = 0x12345678;
    try (FileChannel file = FileChannel.open(raw)) {
      for (int mib = NOISE_AT_MIB; mib < NOISE_AT_MIB + NOISE_MIB; mib++) {
        assertEquals(1 << 20, file.read(bytes.clear(), (long) mib << 20));
        for (int at = 0; at < 1 << 20; at += Integer.BYTES) {
          word = word * 1664525 + 1013904223;
          if (bytes.getInt(at) != word) {
            assertEquals(word, bytes.getInt(at), point + ": word " + at + " of MiB " + mib);
          }
        }
      }
    }
  }
}
