package dev.cairn.merge;

import dev.cairn.chain.Chain;
import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.Edit;
import dev.cairn.chain.Progress;
import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.merge.policy.PackPolicy;
import dev.cairn.store.Id;
import dev.cairn.store.file.FileHeader;
import dev.cairn.store.file.FileKind;
import dev.cairn.store.file.FileName;
import dev.cairn.store.file.FrameCodec;
import dev.cairn.store.file.OpenFile;
import dev.cairn.store.file.PagesWriter;
import dev.cairn.store.file.SealedFile;
import dev.cairn.store.io.StoreLock;
import dev.cairn.store.io.StoreOutput;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Copies the frames that are still needed of several files into one page file, each one checked,
 * and lets those files go. Frames stay as they are, unless a codec is given, or the chain's page
 * data has differences already: then they become, or stay, {@link FrameCodec#ZSTD_DIFFERENCE}. A
 * difference is never copied: its base may stay behind. Copying takes no lock; then, under
 * MERGE.lock, the layers that draw on them by that time are rewritten and replaced in one commit.
 * Not thread-safe.
 */
public final class Packer {
  /**
   * What a pack did. Immutable.
   *
   * @param files that went: no frame in them is needed any more
   * @param frames copied
   * @param writtenBytes of the page file and the new indexes
   * @param dropped versions that no retained point sees
   */
  public record Result(int files, long frames, long writtenBytes, long dropped) {
    /** Tells whether nothing was changed. */
    boolean isEmpty() {
      return files == 0 && frames == 0;
    }
  }

  private final Chain chain;
  private final Progress progress;
  private final Optional<FrameCodec> codec;
  private final Optional<FrameMap.Most> most;

  public Packer(Chain chain) {
    this(chain, Progress.NONE);
  }

  /**
   * @param progress is told of bytes of frames
   */
  public Packer(Chain chain, Progress progress) {
    this(chain, progress, Optional.empty());
  }

  /**
   * @param progress is told of bytes of frames
   * @param codec of the pages in the new file; empty: see above
   */
  public Packer(Chain chain, Progress progress, Optional<FrameCodec> codec) {
    this(chain, progress, codec, Optional.empty());
  }

  Packer(Chain chain, Progress progress, Optional<FrameCodec> codec, Optional<FrameMap.Most> most) {
    this.chain = chain;
    this.progress = progress;
    this.codec = codec;
    this.most = most;
  }

  /**
   * Packs files. Of more frames than {@link PackPolicy#MOST_FRAMES} the first ones are packed: pack
   * again what is left.
   *
   * @param files data files of the chain, oldest first; no index, no base
   * @throws dev.cairn.store.BusyException if a file of them was drawn upon anew meanwhile
   */
  public Result pack(List<FileName> files) throws IOException {
    FileName name = name(files);
    Optional<FrameCodec> encoding = encoding();
    FrameMap.Most usual = encoding.isPresent() ? FrameMap.Most.ENCODING : FrameMap.Most.DEFAULT;
    try (FrameMap moved = new FrameMap(files, most.orElse(usual), encoding.isPresent());
        StoreOutput out = chain.directory().create(name.temporary());
        Closeable _ = () -> chain.discard(name)) {
      SealedFile pages = copy(moved, encoding, name, out);
      out.sync();
      moved.setTarget(pages.header());
      try (StoreLock _ = chain.lockMerge()) {
        return replace(moved, pages, files);
      }
    }
  }

  /** A fork's files can reach beyond its tip; what is written for it does not. */
  private FileName name(List<FileName> files) throws IOException {
    long tip = chain.manifest().tip().orElseThrow().number();
    long last = Math.min(tip, files.stream().mapToLong(FileName::last).max().orElseThrow());
    long first = Math.min(last, files.stream().mapToLong(FileName::first).min().orElseThrow());
    return new FileName(FileKind.PAGES, first, last, chain.newFileId());
  }

  /** A chain that has differences goes on making them, whoever packs it. */
  private Optional<FrameCodec> encoding() throws IOException {
    if (codec.isPresent()) {
      return codec;
    }
    try (ChainSnapshot snapshot = chain.snapshot()) {
      for (FileEntry entry : snapshot.manifest().files(FileEntry.Role.DATA)) {
        Optional<OpenFile> file = snapshot.file(entry.fileId());
        if (file.isPresent() && file.get().header().mayHaveDifferences()) {
          return Optional.of(FrameCodec.ZSTD_DIFFERENCE);
        }
      }
    }
    return Optional.empty();
  }

  private SealedFile copy(
      FrameMap moved, Optional<FrameCodec> encoding, FileName name, StoreOutput out)
      throws IOException {
    boolean differs = encoding.equals(Optional.of(FrameCodec.ZSTD_DIFFERENCE));
    int version = differs ? FileHeader.DIFFERENCES_VERSION : FileHeader.VERSION;
    try (ChainSnapshot snapshot = chain.snapshot()) {
      PackedFrames frames = new PackedFrames(snapshot, moved, encoding);
      frames.find();
      int pageSize = snapshot.manifest().pageSize();
      Id owner = snapshot.manifest().identity().chain();
      FileHeader header = new FileHeader(name, owner, Id.NONE, Id.NONE, pageSize, version);
      try (PagesWriter writer = new PagesWriter(header, out)) {
        frames.copy(writer, progress);
        return writer.seal();
      }
    }
  }

  /** The short phase: rewrites the layers that draw on the packed files now. */
  private Result replace(FrameMap moved, SealedFile pages, List<FileName> files)
      throws IOException {
    List<LayerRewriter> rewriters = new ArrayList<>();
    try (ChainSnapshot snapshot = chain.snapshot()) {
      List<Edit.Replacement> replacements = new ArrayList<>();
      List<FileName> drawn = new ArrayList<>();
      List<FileName> added = new ArrayList<>(List.of(pages.header().name()));
      long written = pages.length();
      long dropped = 0;
      for (FileEntry layer : PackedFrames.drawing(snapshot, moved)) {
        LayerRewriter rewriter =
            new LayerRewriter(chain, snapshot, List.of(layer), Optional.of(moved));
        rewriters.add(rewriter);
        LayerRewriter.Rewritten rewritten = rewriter.write(Progress.NONE);
        replacements.add(rewritten.replacement());
        drawn.addAll(rewritten.drawn());
        added.add(rewritten.name());
        written += rewritten.file().length();
        dropped += rewritten.dropped();
      }
      if (replacements.isEmpty()) {
        return new Result(0, 0, 0, 0);
      }
      List<FileEntry> data = List.of();
      if (drawn.contains(pages.header().name())) {
        data = List.of(FileEntry.data(pages));
      } else {
        added.removeFirst();
        written -= pages.length();
      }
      chain.commit(List.of(new Edit.Replace(replacements, data, drawn)), added);
      int gone = (int) files.stream().filter(file -> !drawn.contains(file)).count();
      return new Result(gone, moved.copied(), written, dropped);
    } finally {
      for (LayerRewriter rewriter : rewriters) {
        rewriter.close();
      }
    }
  }
}
