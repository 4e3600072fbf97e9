package dev.cairn.chain.manifest;

import dev.cairn.chain.manifest.FileEntry.Role;
import dev.cairn.store.Id;
import dev.cairn.store.file.FileKind;
import dev.cairn.store.file.FileName;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.zip.CRC32C;

/** Manifests and their texts for tests. */
final class Manifests {
  static final Id CHAIN = Id.parse("00112233445566778899aabbccddeeff");
  static final Id TIP = Id.parse("0123456789abcdef0123456789abcdef");
  static final String SHA = "A".repeat(43);

  /** A body, without its CRC line, in which every line of the grammar stands. */
  static final String GOLDEN =
      """
      cairn-manifest 1
      chain 00112233445566778899aabbccddeeff
      parent ffeeddccbbaa99887766554433221100 0f0e0d0c0b0a09080706050403020100
      generation 41
      next 81
      pagesize 4096
      tip 80 0123456789abcdef0123456789abcdef
      block 0 pc.ram
      block 1 %2From%400%20%C3%A9
      file base 0 0 9c1e77aa03b4d1f0 base 0 1111111111111111111111111111111f 1 1048576 \
      AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
      file layer 1 64 51ab03de77c2e894 layer 64 2222222222222222222222222222222f 30 70000 \
      BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBA
      file layer 65 100 00000000000000ff layer 80 0123456789abcdef0123456789abcdef 41 80000 \
      -_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_A
      file data 1 64 0b6d2f4e8a917c35 pages 64 - 12 90000 \
      CCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCA
      forgotten 2 9
      forgotten 11 11
      label 0 -
      label 10 before%20upgrade%25
      label 64 %2D
      pin 0
      pin 80
      hold nightly.7 40 10 2026-11-20T10:00:00Z backup%20%3Cops%40example%3E
      hold t 41 80 1999-12-31T23:59:59Z -
      dropped layer 1 32 00000000000000ab layer 32 3333333333333333333333333333333f 9 900 \
      DDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDA 41
      x-colour blue
      x-later 1 2 3
      ingested 123456789
      written 9223372036854775807
      """;

  private Manifests() {}

  /** Returns a body with the CRC line that belongs to it. */
  static byte[] sealed(String body) {
    return sealed(body.getBytes(StandardCharsets.UTF_8));
  }

  static byte[] sealed(byte[] body) {
    CRC32C crc = new CRC32C();
    crc.update(body);
    byte[] last =
        ("crc " + HexFormat.of().toHexDigits((int) crc.getValue()) + "\n")
            .getBytes(StandardCharsets.US_ASCII);
    byte[] all = new byte[body.length + last.length];
    System.arraycopy(body, 0, all, 0, body.length);
    System.arraycopy(last, 0, all, body.length, last.length);
    return all;
  }

  static byte[] golden() {
    return sealed(GOLDEN);
  }

  /** Returns a base at that checkpoint. */
  static FileEntry base(long at, long fileId, Id id) {
    FileName name = new FileName(FileKind.BASE, at, at, fileId);
    return new FileEntry(Role.BASE, name, at, id, 0, 4096, SHA);
  }

  /** Returns a layer of first..last, capped. */
  static FileEntry layer(long first, long last, long through, long fileId, Id id) {
    FileName name = new FileName(FileKind.LAYER, first, last, fileId);
    return new FileEntry(Role.LAYER, name, through, id, 0, 4096, SHA);
  }

  /** Returns a page file of 1..last. */
  static FileEntry data(long last, long fileId) {
    FileName name = new FileName(FileKind.PAGES, 1, last, fileId);
    return new FileEntry(Role.DATA, name, last, Id.NONE, 0, 4096, SHA);
  }

  /** Returns a chain with those files whose tip is {@code tip} with id {@link #TIP}. */
  static Manifest of(long tip, FileEntry... files) {
    return new Manifest(
        new Manifest.Identity(CHAIN, Optional.empty(), 4096),
        7,
        tip + 1,
        Optional.of(new Manifest.Tip(tip, TIP)),
        List.of("pc.ram"),
        List.of(files),
        Manifest.Marks.NONE,
        1,
        2);
  }

  /** Returns a sound chain: a base at 0 and layers 1..4 and 5..8. */
  static Manifest small() {
    return of(8, base(0, 1, CHAIN), layer(1, 4, 4, 2, CHAIN), layer(5, 8, 8, 3, TIP), data(4, 4));
  }

  /** Returns a sound manifest in which anything may stand that may stand in one. */
  static Manifest random(Random random) {
    long at = random.nextInt(1000);
    List<FileEntry> files = new ArrayList<>();
    files.add(file(random, Role.BASE, FileKind.BASE, at, at, at));
    long first = at + 1 - random.nextInt((int) Math.min(at + 1, 3));
    for (int i = random.nextInt(6); i > 0; i--) {
      long through = Math.max(first, at + 1) + random.nextInt(50);
      long last = through + random.nextInt(3);
      files.add(file(random, Role.LAYER, FileKind.LAYER, first, last, through));
      at = through;
      first = at + 1 + random.nextInt(3);
    }
    FileEntry top = files.getLast();
    for (int i = random.nextInt(4); i > 0; i--) {
      FileKind kind = List.of(FileKind.BASE, FileKind.LAYER, FileKind.PAGES).get(random.nextInt(3));
      long last = kind == FileKind.BASE ? 1 : 1 + random.nextInt(50);
      files.add(file(random, Role.DATA, kind, 1, last, last));
    }
    List<String> blocks = new ArrayList<>();
    for (int i = random.nextInt(5); i > 0; i--) {
      blocks.add(blocks.size() + text(random, 20));
    }
    return new Manifest(
        new Manifest.Identity(
            Id.random(random),
            random.nextBoolean()
                ? Optional.empty()
                : Optional.of(new Manifest.Origin(Id.random(random), Id.random(random))),
            512 << random.nextInt(8)),
        1500 + random.nextInt(1000),
        at + 1 + random.nextInt(5),
        Optional.of(new Manifest.Tip(at, top.throughId())),
        blocks,
        files,
        marks(random, at),
        random.nextLong() >>> 1,
        random.nextLong() >>> 1,
        optional(random));
  }

  private static List<String> optional(Random random) {
    List<String> lines = new ArrayList<>();
    for (int i = Math.max(0, random.nextInt(6) - 3); i > 0; i--) {
      lines.add("x-" + i + " " + Long.toHexString(random.nextLong()) + " !~");
    }
    return lines;
  }

  private static Manifest.Marks marks(Random random, long tip) {
    PointSet forgotten = PointSet.EMPTY;
    SortedMap<Long, String> labels = new TreeMap<>();
    SortedSet<Long> pins = new TreeSet<>();
    List<Hold> holds = new ArrayList<>();
    for (long point = 0; point <= tip; point += 1 + random.nextInt(40)) {
      switch (point == tip ? 1 + random.nextInt(3) : random.nextInt(4)) {
        case 0 -> forgotten = forgotten.with(point);
        case 1 -> labels.put(point, text(random, 60));
        case 2 -> pins.add(point);
        default ->
            holds.add(
                new Hold(
                    "h-" + holds.size(),
                    random.nextInt(1000),
                    point,
                    Instant.ofEpochSecond(random.nextInt()),
                    text(random, 30)));
      }
    }
    List<Dropped> dropped = new ArrayList<>();
    for (int i = random.nextInt(3); i > 0; i--) {
      long last = 1L + random.nextInt(9);
      Role role = random.nextBoolean() ? Role.LAYER : Role.DATA;
      long through = role == Role.DATA ? last : 1 + random.nextLong(last);
      FileEntry file = file(random, role, FileKind.LAYER, 1, last, through);
      dropped.add(new Dropped(file, file.born() + 1 + random.nextInt(500)));
    }
    return new Manifest.Marks(forgotten, labels, pins, holds, dropped);
  }

  private static FileEntry file(
      Random random, Role role, FileKind kind, long first, long last, long through) {
    byte[] sha = new byte[32];
    random.nextBytes(sha);
    return new FileEntry(
        role,
        new FileName(kind, first, last, random.nextLong()),
        through,
        role == Role.DATA ? Id.NONE : Id.random(random),
        random.nextInt(1000),
        random.nextLong() >>> 1,
        Base64.getUrlEncoder().withoutPadding().encodeToString(sha));
  }

  /** Returns a text of any code points but surrogates and controls; now and then a lone hyphen. */
  private static String text(Random random, int most) {
    int length = random.nextInt(most);
    if (length == 1) {
      return "-";
    }
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < length; i++) {
      int bound = random.nextBoolean() ? 0x80 : Character.MAX_CODE_POINT + 1;
      int c = random.nextInt(bound);
      boolean wrong = (c >= 0xd800 && c <= 0xdfff) || Character.isISOControl(c);
      text.appendCodePoint(wrong ? ' ' : c);
    }
    return text.toString();
  }
}
