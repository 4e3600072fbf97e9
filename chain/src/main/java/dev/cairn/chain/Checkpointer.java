package dev.cairn.chain;

import dev.cairn.chain.manifest.Manifest;
import dev.cairn.chain.manifest.ManifestRules;
import dev.cairn.store.BadInputException;
import dev.cairn.store.BusyException;
import dev.cairn.store.DeviceState;
import dev.cairn.store.Id;
import dev.cairn.store.file.FileHeader;
import dev.cairn.store.file.FrameCodec;
import dev.cairn.store.file.LayerWriter;
import dev.cairn.store.file.Point;
import dev.cairn.store.io.StoreOutput;
import java.io.Closeable;
import java.io.IOException;
import java.time.Instant;
import java.util.Optional;

/** Writes checkpoints into a chain. Not thread-safe; several may work on one chain. */
public final class Checkpointer {
  /**
   * How a checkpoint is to be made. Immutable.
   *
   * @param label empty for none
   * @param delta pages that the image does not have are unchanged, not zero
   * @param codec of page frames
   * @param threads that compare and read
   * @param parent the checkpoint that must be the newest, as a delta lies on it; empty for any
   */
  public record Options(
      String label, boolean delta, FrameCodec codec, int threads, Optional<Id> parent) {
    public static final Options DEFAULT = new Options("", false, FrameCodec.PLAIN, 2);

    public Options {
      ManifestRules.wrongLabel(label)
          .ifPresent(
              wrong -> {
                throw new IllegalArgumentException(wrong);
              });
    }

    /** Options for whatever point is the newest. */
    public Options(String label, boolean delta, FrameCodec codec, int threads) {
      this(label, delta, codec, threads, Optional.empty());
    }

    /** The same, for an image that lies on that checkpoint and on no other. */
    public Options on(Id newest) {
      return new Options(label, delta, codec, threads, Optional.of(newest));
    }
  }

  /**
   * A checkpoint that is durable. Immutable.
   *
   * @param point the new restore point
   * @param storedBytes of the new file, without holes
   */
  public record Result(Point point, long storedBytes) {}

  private final Chain chain;

  public Checkpointer(Chain chain) {
    this.chain = chain;
  }

  /**
   * Stores an image as the chain's next checkpoint.
   *
   * @param progress told of pages as they are looked at
   * @throws BusyException if another writer was faster
   * @throws BadInputException if the image does not fit the chain
   */
  public Result checkpoint(PageImage image, Options options, Progress progress) throws IOException {
    return checkpoint(image, options, progress, chain.environment().clock().instant());
  }

  /**
   * The same, for an image of an earlier moment.
   *
   * @param time when the machine was in that state
   */
  public Result checkpoint(PageImage image, Options options, Progress progress, Instant time)
      throws IOException {
    DeviceState state = image.deviceState();
    try (ChainSnapshot snapshot = chain.snapshot()) {
      Manifest manifest = snapshot.manifest();
      requireParent(manifest, options);
      boolean first = manifest.tip().isEmpty();
      if (first && options.delta()) {
        throw new BadInputException(
            "chain "
                + chain.name()
                + " is empty: a delta has nothing to lie on; "
                + "store a whole image first");
      }
      NewPoint made = NewPoint.on(chain, snapshot, image.layout());
      FileHeader header = made.header();
      try (StoreOutput out = chain.directory().create(header.name().temporary());
          Closeable _ = () -> chain.discard(header.name());
          LayerWriter writer =
              first
                  ? LayerWriter.base(header, chain.directory(), out, made.layout())
                  : LayerWriter.layer(header, chain.directory(), out, options.codec())) {
        new PageIntake(new Intake(snapshot, image, made.layout(), options), writer, progress).run();
        return made.commit(
            writer,
            out,
            new NewPoint.Content(snapshot, state, options.label(), time, !options.delta()));
      }
    }
  }

  /** Else a delta would silently lie on somebody else's point. */
  private void requireParent(Manifest manifest, Options options) throws BusyException {
    Optional<Id> tip = manifest.tip().map(Manifest.Tip::id);
    if (options.parent().isPresent() && !options.parent().equals(tip)) {
      throw new BusyException(
          "chain "
              + chain.name()
              + ": newest checkpoint: expected "
              + options.parent().get()
              + ", on which this one lies, found "
              + tip.map(Id::toString).orElse("none")
              + "; capture again");
    }
  }

  /** Returns the newest point of a snapshot. */
  static Optional<Point> tip(ChainSnapshot snapshot) throws IOException {
    Optional<Manifest.Tip> tip = snapshot.manifest().tip();
    return tip.isEmpty() ? Optional.empty() : Optional.of(snapshot.point(tip.get().number()));
  }

  /** Returns how many pages a block had at the tip. */
  static long reach(ChainSnapshot snapshot, int ordinal) throws IOException {
    return tip(snapshot).map(tip -> tip.layout().pages(ordinal)).orElse(0L);
  }
}
