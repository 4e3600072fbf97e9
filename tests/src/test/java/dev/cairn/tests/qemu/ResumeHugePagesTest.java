package dev.cairn.tests.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cairn.tests.Child;
import dev.cairn.tests.HugePages;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Guests whose memory is in host pages of 2 MiB. QEMU places such a page when it has the last of
 * its 512 parts, and ends the postcopy if they come out of order or in between others: a guest that
 * counts on is the proof that each came whole, once.
 */
class ResumeHugePagesTest {
  private static final int MEMORY_MIB = 64;

  /** Of one guest; there is one at a time. */
  private static final int PAGES = MEMORY_MIB / 2;

  private final Captured captured;

  ResumeHugePagesTest(@TempDir Path directory) {
    this.captured = new Captured(directory);
  }

  private static GuestSetup huge(String version) {
    return Guest.of(version).memoryMiB(MEMORY_MIB).hugeMemfd();
  }

  private static GuestSetup small(String version) {
    return Guest.of(version)
        .machine("pc-q35-10.0,memory-backend=m")
        .options("-object", "memory-backend-ram,id=m,size=" + MEMORY_MIB + "M");
  }

  @ParameterizedTest
  @CsvSource({"qemu10,stream", "qemu10,shared", "qemu11,colo", "qemu11,stream", "qemu11,shared"})
  void whatIsCapturedInHugePagesGoesOnInSmallOnesAndBack(String version, String mode)
      throws IOException, InterruptedException {
    try (HugePages _ = HugePages.allow(PAGES)) {
      try (Guest guest = huge(version).start()) {
        guest.awaitCount(2);
        try (Child child =
            captured.capture(guest, "--mode", mode, "--every", "200ms", "--count", "5")) {
          String said = child.await(0);
          assertEquals(List.of(), Captured.of("dropped", said));
          assertEquals(5, Captured.of("point", said).size(), said);
        }
        guest.awaitNextCount();
        guest.assertUnbroken();
      }
      captured.cairn().run(0, "verify");
      int first = captured.countsFromLive("vm@1", huge(version), "--postcopy");
      int precopy = captured.countsFromLive("vm@1", huge(version), "--run");
      int small = captured.countsFromLive("vm@1", small(version), "--postcopy");
      int last = captured.countsFromLive("vm@4", huge(version), "--postcopy");
      System.out.println(version + " " + mode + " counts on from " + first + " and " + last);
      assertEquals(first, precopy);
      assertEquals(first, small);
      assertTrue(first < last, "each at its own moment");
    }
  }

  /** A request is for a host page, and so is an answer. */
  @ParameterizedTest
  @ValueSource(strings = {"qemu10", "qemu11"})
  void aHostPageIsAskedForAndSentAsAWhole(String version) throws IOException, InterruptedException {
    try (HugePages _ = HugePages.allow(PAGES)) {
      try (Guest guest = small(version).start()) {
        guest.awaitCount(2);
        try (Child child = captured.capture(guest, "--mode", "stream", "--count", "1")) {
          child.await(0);
        }
      }
      JsonNode few = resume(version, small(version));
      JsonNode huge = resume(version, huge(version));
      System.out.println(version + " small host pages " + few);
      System.out.println(version + " huge host pages " + huge);
      assertEquals(all(few), all(huge), "every page once");
      // 32 huge pages, and the firmware's in small ones.
      int most = PAGES + all(huge) - (MEMORY_MIB << 8);
      assertTrue(huge.path("requests").asInt() <= most, huge.toString());
    }
  }

  private JsonNode resume(String version, GuestSetup setup)
      throws IOException, InterruptedException {
    try (Guest guest = setup.incoming("defer").start()) {
      JsonNode done =
          captured.cairn().json(0, "resume", "vm", "--postcopy", "--qmp", "unix:" + guest.socket());
      guest.awaitNextCount();
      guest.awaitNextCount();
      guest.assertUnbroken();
      assertEquals(
          "completed",
          guest.execute("query-migrate", java.util.Map.of()).path("status").asText(),
          version);
      return done;
    }
  }

  private static int all(JsonNode done) {
    return done.path("pages").asInt() + done.path("zeroPages").asInt();
  }
}
