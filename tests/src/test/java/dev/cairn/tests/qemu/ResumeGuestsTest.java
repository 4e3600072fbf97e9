package dev.cairn.tests.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cairn.tests.Cli;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Guests of several kinds are saved, and go on elsewhere with all that they had. */
class ResumeGuestsTest {
  private final Path store;
  private final Cli cli;

  ResumeGuestsTest(@TempDir Path directory) {
    store = directory.resolve("store");
    cli = new Cli(store);
  }

  private static GuestSetup linux(String version) {
    return Guest.of(version)
        .linux("dirtykb=2048 period=0.2 fillmb=24")
        .memoryMiB(160)
        .cpus(4)
        .options("-device", "virtio-rng-pci", "-device", "virtio-balloon-pci")
        .options("-netdev", "user,id=n", "-device", "virtio-net-pci,netdev=n")
        .options("-device", "vmgenid");
  }

  /** The guest's own check of its file is in each count. */
  @ParameterizedTest
  @ValueSource(strings = {"qemu10", "qemu11"})
  void aLinuxGuestOfFourCpusIsComplete(String version) throws IOException, InterruptedException {
    int count;
    try (Guest guest = linux(version).start()) {
      guest.awaitCount(3);
      count = SavedGuest.save(guest, store, "linux");
    }
    for (List<String> mode : List.of(List.of("--postcopy"), List.of("--run"))) {
      try (Guest guest = linux(version).incoming("defer").start()) {
        List<String> words =
            List.of("resume", "linux", "--clone", "--qmp", "unix:" + guest.socket());
        JsonNode done = cli.json(0, with(words, mode));
        System.out.println(version + " linux " + mode + " " + done);
        guest.awaitCount(count + 9); // each eighth count checks the whole file
        assertEquals(count + 1, guest.counts().getFirst(), guest.said());
        guest.assertUnbroken();
      }
    }
  }

  private static String[] with(List<String> words, List<String> more) {
    return java.util.stream.Stream.concat(words.stream(), more.stream()).toArray(String[]::new);
  }

  /** What QEMU takes in silence, and what it would refuse only after the memory had come. */
  @ParameterizedTest
  @ValueSource(strings = {"qemu10", "qemu11"})
  void anotherMachineIsRefusedWithBothValues(String version)
      throws IOException, InterruptedException {
    try (Guest guest = Guest.of(version).cpus(2).start()) {
      guest.awaitCount(1);
      SavedGuest.save(guest, store, "vm");
    }
    refused(Guest.of(version).cpus(1), "number of vCPUs: expected 2, found 1");
    refused(Guest.of(version).cpus(2).cpu("Nehalem"), "Nehalem-x86_64-cpu");
    refused(
        Guest.of(version).cpus(2).machine("pc-q35-9.2"),
        "machine type: expected pc-q35-10.0, found pc-q35-9.2");
    refused(Guest.of(version).cpus(2).options("-device", "virtio-rng-pci"), "virtio-rng-pci");
    refused(Guest.of(version).cpus(2).memoryMiB(80), "expected 67108864 bytes, found 83886080");
    try (Guest guest = Guest.of(version).cpus(2).incoming("defer").start()) {
      Cli.Said said =
          cli.run(6, "resume", "vm", "--clone", "--postcopy", "--qmp", "unix:" + guest.socket());
      assertTrue(said.errors().contains("vmgenid"), said.errors());
      cli.run(0, "resume", "vm", "--postcopy", "--qmp", "unix:" + guest.socket());
      guest.awaitNextCount();
    }
    try (Guest guest = Guest.of(version).cpus(2).cpu("Nehalem").incoming("defer").start()) {
      Cli.Said said =
          cli.run(0, "resume", "vm", "--run", "--force-machine", "--qmp", "unix:" + guest.socket());
      assertTrue(said.errors().contains("Nehalem"), said.errors());
      guest.awaitNextCount();
    }
  }

  private void refused(GuestSetup setup, String expected) throws IOException, InterruptedException {
    try (Guest guest = setup.incoming("defer").start()) {
      Cli.Said said = cli.run(6, "resume", "vm", "--postcopy", "--qmp", "unix:" + guest.socket());
      assertTrue(said.errors().contains(expected), said.errors());
      System.out.println(said.errors().strip());
      JsonNode migration = guest.execute("query-migrate", Map.of());
      assertTrue(migration.path("status").isMissingNode(), "nothing was begun");
    }
  }
}
