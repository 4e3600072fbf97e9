package dev.cairn.store.file;

import dev.cairn.store.DeviceSection;
import dev.cairn.store.Id;
import dev.cairn.store.RamBlock;
import dev.cairn.store.RamLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * The machine whose four checkpoints the golden files hold: what each page and section was when.
 * Immutable, and never to be changed: published files hold it.
 */
final class GoldenHistory {
  static final int PAGE = 512;
  static final Id CHAIN = Id.parse("c0ffee00112233445566778899aabbcc");
  static final int CHECKPOINTS = 4;

  private static final ValueLayout.OfLong U64 =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** What a checkpoint puts into a page. */
  enum Content {
    ZERO,
    /** Eight bytes again and again: every codec shortens it. */
    PATTERN,
    /** No codec shortens it. */
    NOISE
  }

  /** A page that a checkpoint brings. */
  record Change(int block, long page, Content content) {}

  private GoldenHistory() {}

  /** Returns what a checkpoint brings, in ascending order of block and page. */
  static List<Change> changes(int checkpoint) {
    List<Change> changes = new ArrayList<>();
    switch (checkpoint) {
      case 0 -> {
        for (int page = 0; page < 300; page++) {
          if (page % 10 != 9) {
            changes.add(new Change(0, page, Content.PATTERN));
          }
        }
        changes.add(new Change(0, 4096, Content.PATTERN));
        changes.add(new Change(0, 4999, Content.PATTERN));
        changes.add(new Change(1, 3, Content.NOISE));
      }
      case 1 -> {
        changes.add(new Change(0, 1, Content.NOISE));
        changes.add(new Change(0, 2, Content.PATTERN));
        changes.add(new Change(0, 7, Content.ZERO));
        changes.add(new Change(0, 4100, Content.PATTERN));
        changes.add(new Change(0, 4101, Content.PATTERN));
        changes.add(new Change(1, 3, Content.ZERO));
        changes.add(new Change(1, 4, Content.ZERO));
      }
      case 2 -> {
        changes.add(new Change(0, 2, Content.PATTERN));
        changes.add(new Change(0, 5, Content.NOISE));
        for (int page = 600; page < 900; page++) {
          changes.add(new Change(0, page, Content.PATTERN));
        }
        changes.add(new Change(1, 100, Content.ZERO));
        changes.add(new Change(2, 0, Content.PATTERN));
        changes.add(new Change(2, 15, Content.ZERO));
      }
      case 3 -> {
        changes.add(new Change(0, 1, Content.PATTERN));
        changes.add(new Change(0, 2, Content.ZERO));
        changes.add(new Change(0, 4100, Content.NOISE));
        changes.add(new Change(2, 0, Content.NOISE));
        changes.add(new Change(2, 1, Content.PATTERN));
      }
      default -> throw new IllegalArgumentException("checkpoint " + checkpoint);
    }
    return changes;
  }

  /** Returns the bytes of a page as a checkpoint wrote it. */
  static byte[] page(Change change, int checkpoint) {
    byte[] bytes = new byte[PAGE];
    long seed = ((long) checkpoint << 48 | (long) change.block << 32 | change.page) + 1;
    switch (change.content) {
      case ZERO -> {}
      case PATTERN -> {
        for (int at = 0; at < PAGE; at += 8) {
          MemorySegment.ofArray(bytes).set(U64, at, seed);
        }
      }
      case NOISE -> new Random(seed).nextBytes(bytes);
    }
    return bytes;
  }

  /** The machine's blocks: one grows, one is plugged, one goes, the order changes. */
  static PointLayout layout(int checkpoint) {
    RamBlock ram = new RamBlock("pc.ram", (checkpoint < 3 ? 5000 : 4500) * (long) PAGE);
    RamBlock vga = new RamBlock("vga", (checkpoint < 2 ? 64 : 128) * (long) PAGE, PAGE);
    RamBlock rom = new RamBlock("rom/é", 16 * (long) PAGE, 2 << 20);
    return switch (checkpoint) {
      case 0, 1 -> new PointLayout(new RamLayout(PAGE, List.of(ram, vga)), List.of(0, 1));
      case 2 -> new PointLayout(new RamLayout(PAGE, List.of(ram, vga, rom)), List.of(0, 1, 2));
      case 3 -> new PointLayout(new RamLayout(PAGE, List.of(rom, ram)), List.of(2, 0));
      default -> throw new IllegalArgumentException("checkpoint " + checkpoint);
    };
  }

  /** The device state: never changed at 2; at 3 its first section is still that of 1. */
  static List<DeviceSection> sections(int checkpoint) {
    DeviceSection machine = section("machine", 1, "{\"cpus\":2}".getBytes(StandardCharsets.UTF_8));
    byte[] noise = new byte[100];
    new Random(checkpoint == 0 ? 0 : 1).nextBytes(noise);
    byte[] devices = checkpoint < 3 ? noise : new byte[2000];
    return List.of(machine, section("qemu-devices", checkpoint < 3 ? 4 : 5, devices));
  }

  private static DeviceSection section(String name, int version, byte[] content) {
    return new DeviceSection(name, version, content);
  }

  static Id id(int checkpoint) {
    return new Id(0x1122334455667788L * (checkpoint + 1), 0xfedcba9876543210L + checkpoint);
  }

  static Instant time(int checkpoint) {
    return switch (checkpoint) {
      case 0 -> Instant.parse("1969-12-31T23:59:58.250Z");
      case 1 -> Instant.parse("2026-01-02T03:04:05.000000006Z");
      default -> Instant.parse("2026-01-02T03:04:05Z").plusSeconds(60L * checkpoint);
    };
  }

  static String label(int checkpoint) {
    return checkpoint == 2 ? "vor dem Umbau – é" : "";
  }
}
