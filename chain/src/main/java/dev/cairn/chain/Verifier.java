package dev.cairn.chain;

import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.chain.manifest.Manifest;
import dev.cairn.store.CorruptFileException;
import dev.cairn.store.file.Address;
import dev.cairn.store.file.BlockSums;
import dev.cairn.store.file.Crc;
import dev.cairn.store.file.FileName;
import dev.cairn.store.file.OpenFile;
import dev.cairn.store.file.PageReader;
import dev.cairn.store.file.Point;
import dev.cairn.store.file.Region;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/** Looks for damage in a chain and tells of every finding, not only the first. Not thread-safe. */
public final class Verifier {
  private final Chain chain;
  private final Consumer<Finding> findings;
  private final double share;
  private final RandomGenerator random;

  /**
   * Prepares a verification.
   *
   * @param share of page data to read, 0..1; metadata are always read wholly
   * @param random chooses what is read
   */
  public Verifier(Chain chain, Consumer<Finding> findings, double share, RandomGenerator random) {
    this.chain = chain;
    this.findings = findings;
    this.share = share;
    this.random = random;
  }

  /** Verifies the manifest, every file, every index, page and device-state section. */
  public void run() throws IOException {
    try (ChainSnapshot snapshot = chain.snapshot()) {
      Manifest manifest = snapshot.manifest();
      snapshot.unreadable().forEach(damage -> findings.accept(Finding.of(damage)));
      for (FileEntry entry : manifest.files()) {
        Optional<OpenFile> file = snapshot.file(entry.fileId());
        if (file.isPresent()) {
          guard(() -> metadata(entry, file.get()));
          guard(() -> checkBody(file.get(), share, random, findings));
        }
      }
      beyond(manifest);
      for (FileEntry entry : manifest.indexes()) {
        OpenFile file = snapshot.file(entry);
        for (int i = 0; i < file.directory().size(); i++) {
          int number = i;
          guard(() -> region(snapshot, file, number));
        }
      }
      for (Point point : snapshot.points().values()) {
        guard(() -> snapshot.view(point.checkpoint()).deviceState());
      }
    } catch (CorruptFileException e) {
      findings.accept(Finding.of(e));
    }
  }

  /** A file above the next checkpoint says that somebody put an older manifest back. */
  private void beyond(Manifest manifest) throws IOException {
    Set<String> named = FileExpirer.named(manifest);
    for (String name : chain.directory().list()) {
      Optional<FileName> file = FileName.parse(name);
      if (file.isPresent()
          && !named.contains(name)
          && FileExpirer.isBeyond(chain.directory(), manifest, file.get())) {
        findings.accept(
            new Finding(name, "file", 0, "no checkpoint above " + manifest.next(), "this file"));
      }
    }
  }

  @FunctionalInterface
  private interface Check {
    void run() throws IOException;
  }

  private void guard(Check check) throws IOException {
    try {
      check.run();
    } catch (CorruptFileException e) {
      findings.accept(Finding.of(e));
    }
  }

  private void metadata(FileEntry entry, OpenFile file) throws IOException {
    String sha = file.metadataSha();
    if (!sha.equals(entry.sha())) {
      findings.accept(
          new Finding(file.name(), "SHA-256 of metadata", file.metadataOffset(), entry.sha(), sha));
    }
  }

  /** Compares a body with its block checksums. */
  static void checkBody(
      OpenFile file, double share, RandomGenerator random, Consumer<Finding> findings)
      throws IOException {
    Crc crc = new Crc();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment block = arena.allocate(BlockSums.BLOCK, 4096);
      for (BlockSums.Run run : file.sums().runs()) {
        for (int i = 0; i < run.crcs().size(); i++) {
          if (random.nextDouble() >= share) {
            continue;
          }
          long offset = (run.first() + i) * BlockSums.BLOCK;
          MemorySegment part =
              block.asSlice(0, Math.min(BlockSums.BLOCK, file.metadataOffset() - offset));
          file.readRaw(offset, part);
          int actual = crc.of(part);
          int expected = run.crcs().get(i);
          if (actual != expected) {
            findings.accept(
                new Finding(
                    file.name(),
                    "CRC of a MiB of the body",
                    offset,
                    HexFormat.of().toHexDigits(expected),
                    HexFormat.of().toHexDigits(actual)));
          }
        }
      }
    }
  }

  private void region(ChainSnapshot snapshot, OpenFile file, int number) throws IOException {
    Region region = file.region(number);
    int pageSize = snapshot.manifest().pageSize();
    try (Arena arena = Arena.ofConfined();
        PageReader reader = new PageReader(pageSize)) {
      MemorySegment page = arena.allocate(pageSize, 64);
      for (int v = 0; v < region.versions(); v++) {
        long address = region.address(v);
        if (address == Address.ZERO || random.nextDouble() >= share) {
          continue;
        }
        int version = v;
        guard(
            () -> {
              reader.begin();
              reader.want(
                  snapshot.drawn(file, Address.ordinal(address)), address, region.crc(version), 0);
              reader.readInto(page);
            });
      }
    }
  }
}
