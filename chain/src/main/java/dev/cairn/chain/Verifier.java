package dev.cairn.chain;

import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.chain.manifest.Manifest;
import dev.cairn.store.CorruptFileException;
import dev.cairn.store.file.DrawnFile;
import dev.cairn.store.file.OpenFile;
import dev.cairn.store.file.Point;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
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

  /**
   * Verifies the manifest, every file, every index, page and device-state section.
   *
   * @throws dev.cairn.store.BusyException if the chain changes all the time
   */
  public void run() throws IOException {
    run(Progress.NONE);
  }

  /**
   * The same.
   *
   * @param progress is told of the bytes of bodies, and again of frames, each read by itself
   */
  public void run(Progress progress) throws IOException {
    chain.manifestDamage().ifPresent(this::tell);
    try (LooseFiles files = LooseFiles.open(chain);
        IndexReader reader = new IndexReader(files, new Teller(), this::chosen)) {
      files.damaged().values().forEach(damage -> damage.forEach(this::tell));
      ByteCount bytes = new ByteCount(progress, files.bytesToRead());
      for (FileEntry entry : files.manifest().files()) {
        OpenFile file = files.file(entry);
        if (file != null) {
          BodyCheck.body(file, this::chosen, findings, bytes);
          if (files.hasIndex(entry)) {
            checkIndex(entry, file, reader, bytes);
          }
          if (files.points(entry).isPresent()) {
            reader.points(entry, file);
          }
        }
      }
      bytes.end();
      checkMarks(files);
      BodyCheck.dropped(
          chain, files.manifest(), this::chosen, (_, finding) -> findings.accept(finding));
      chain.rollback().forEach(findings);
    } catch (CorruptFileException e) {
      tell(e);
    }
  }

  private boolean chosen() {
    return share >= 1 || random.nextDouble() < share;
  }

  private void tell(CorruptFileException e) {
    findings.accept(Finding.of(e));
  }

  /** What is lost by a damage is not told here: see {@link Examiner}. */
  private final class Teller implements IndexReader.Listener {
    @Override
    public void lostVersion(long key, long checkpoint) {}

    @Override
    public void lostSection(Point point) {}

    @Override
    public void damage(DrawnFile file, CorruptFileException damage) {
      tell(damage);
    }
  }

  private void checkIndex(FileEntry entry, OpenFile file, IndexReader reader, ByteCount bytes)
      throws IOException {
    for (int i = 0; i < file.directory().size(); i++) {
      try {
        reader.region(entry, file, i);
      } catch (CorruptFileException e) {
        tell(e);
      }
      bytes.add(LooseFiles.frameBytes(file, i));
    }
  }

  /** A pin or a hold keeps a point that is there, as far as the indexes can be read. */
  private void checkMarks(LooseFiles files) {
    Manifest manifest = files.manifest();
    Set<Long> listed = new HashSet<>();
    List<FileEntry> unknown = new ArrayList<>();
    for (FileEntry entry : manifest.indexes()) {
      files
          .points(entry)
          .ifPresentOrElse(
              points ->
                  points.stream()
                      .map(Point::checkpoint)
                      .filter(n -> manifest.isRetained(entry, n))
                      .forEach(listed::add),
              () -> unknown.add(entry));
    }
    manifest.marks().pins().forEach(pin -> checkMark("pin " + pin, pin, listed, unknown));
    manifest
        .marks()
        .holds()
        .forEach(hold -> checkMark("hold " + hold.token(), hold.point(), listed, unknown));
  }

  private void checkMark(String what, long point, Set<Long> listed, List<FileEntry> unknown) {
    boolean maybe =
        unknown.stream().anyMatch(e -> e.name().first() <= point && point <= e.through());
    if (!maybe && !listed.contains(point)) {
      findings.accept(
          new Finding(ManifestFile.NAME, what, 0, "a restore point", point + ", which is none"));
    }
  }
}
