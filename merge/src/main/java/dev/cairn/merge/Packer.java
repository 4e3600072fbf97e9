package dev.cairn.merge;

import dev.cairn.chain.Chain;
import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.Edit;
import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.store.CorruptFileException;
import dev.cairn.store.Id;
import dev.cairn.store.file.Address;
import dev.cairn.store.file.DeviceFrames;
import dev.cairn.store.file.DrawnFile;
import dev.cairn.store.file.FileHeader;
import dev.cairn.store.file.FileKind;
import dev.cairn.store.file.FileName;
import dev.cairn.store.file.FrameReader;
import dev.cairn.store.file.OpenFile;
import dev.cairn.store.file.PagesWriter;
import dev.cairn.store.file.Point;
import dev.cairn.store.file.SealedFile;
import dev.cairn.store.file.StoredSection;
import dev.cairn.store.io.StoreLock;
import dev.cairn.store.io.StoreOutput;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Copies the frames that are still needed of several files into one page file, each one checked,
 * and lets those files go. Copying takes no lock; then, under MERGE.lock, the layers that draw on
 * them by that time are rewritten and replaced in one commit. Not thread-safe.
 */
public final class Packer {
  /**
   * What a pack did. Immutable.
   *
   * @param files that went
   * @param frames copied
   * @param writtenBytes of the page file and the new indexes
   * @param dropped versions that no retained point sees
   */
  public record Result(int files, long frames, long writtenBytes, long dropped) {}

  private final Chain chain;

  public Packer(Chain chain) {
    this.chain = chain;
  }

  /**
   * Packs files.
   *
   * @param files data files of the chain, oldest first; no index, no base
   * @throws dev.cairn.store.BusyException if a file of them was drawn upon anew meanwhile
   */
  public Result pack(List<FileName> files) throws IOException {
    FrameMap moved = new FrameMap(files.stream().map(FileName::fileId).toList());
    FileName name = name(files);
    try (StoreOutput out = chain.directory().create(name.temporary());
        Closeable _ = () -> chain.discard(name)) {
      SealedFile pages = copy(moved, name, out);
      out.sync();
      moved.setTarget(name);
      try (StoreLock _ = chain.lockMerge()) {
        return replace(moved, pages, files.size());
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

  /** What copying needs to know of each frame beside its place. */
  private static final class Frames {
    final long[] addresses;
    final int[] crcs;
    final OpenFile[] files;
    final Map<Integer, StoredSection> sections = new HashMap<>();

    Frames(int size) {
      addresses = new long[size];
      crcs = new int[size];
      files = new OpenFile[size];
    }

    /** Takes a frame, or the same again as another index addresses it. */
    void put(int i, OpenFile file, long address, int crc, @Nullable StoredSection section)
        throws CorruptFileException {
      boolean same =
          Address.at(address, 0) == Address.at(addresses[i], 0)
              && crcs[i] == crc
              && (section == null) == !sections.containsKey(i);
      if (files[i] != null && !same) {
        throw new CorruptFileException(
            file.name(),
            "frame",
            Address.offset(address),
            "one frame at this offset",
            "addresses of two; run: cairn verify");
      }
      addresses[i] = address;
      crcs[i] = crc;
      files[i] = file;
      if (section != null) {
        sections.put(i, section);
      }
    }
  }

  private SealedFile copy(FrameMap moved, FileName name, StoreOutput out) throws IOException {
    try (ChainSnapshot snapshot = chain.snapshot()) {
      List<FileEntry> layers = drawing(snapshot, moved);
      visit(
          snapshot,
          layers,
          moved,
          (file, address, crc, section) -> {
            moved.add(file.header().name().fileId(), address);
          });
      moved.sort();
      Frames frames = new Frames(moved.size());
      visit(
          snapshot,
          layers,
          moved,
          (file, address, crc, section) -> {
            int i = moved.find(file.header().name().fileId(), address);
            frames.put(i, file, address, crc, section);
          });
      int pageSize = snapshot.manifest().pageSize();
      Id owner = snapshot.manifest().identity().chain();
      FileHeader header = new FileHeader(name, owner, Id.NONE, Id.NONE, pageSize);
      try (PagesWriter writer = new PagesWriter(header, out);
          FrameReader reader = new FrameReader(pageSize)) {
        for (int i = 0; i < moved.size(); i++) {
          StoredSection section = frames.sections.get(i);
          MemorySegment bytes =
              section == null
                  ? reader.read(frames.files[i], frames.addresses[i], frames.crcs[i])
                  : DeviceFrames.readStored(frames.files[i], section);
          moved.put(i, writer.add(Address.kind(frames.addresses[i]), bytes));
        }
        return writer.seal();
      }
    }
  }

  @FunctionalInterface
  private interface FrameVisitor {
    void frame(OpenFile file, long address, int crc, @Nullable StoredSection section)
        throws IOException;
  }

  /** Visits all frames of the packed files that the visibility rule keeps, and all sections. */
  private static void visit(
      ChainSnapshot snapshot, List<FileEntry> layers, FrameMap moved, FrameVisitor visitor)
      throws IOException {
    Visibility visibility = Visibility.of(snapshot);
    for (FileEntry layer : layers) {
      PageMerger.Sink sink =
          (key, region, version, from) -> {
            long address = region.address(version);
            if (address != Address.ZERO) {
              OpenFile file = snapshot.drawn(from, Address.ordinal(address));
              if (moved.has(file.header().name().fileId())) {
                visitor.frame(file, address, region.crc(version), null);
              }
            }
          };
      new PageMerger(snapshot, List.of(layer), visibility, sink).run();
      OpenFile index = snapshot.file(layer);
      for (Point point : index.points()) {
        if (!snapshot.isHome(index, point.checkpoint())) {
          continue;
        }
        for (StoredSection section : point.sections()) {
          OpenFile file = snapshot.drawn(index, Address.ordinal(section.address()));
          if (moved.has(file.header().name().fileId())) {
            visitor.frame(file, section.address(), section.crc(), section);
          }
        }
      }
    }
  }

  private static List<FileEntry> drawing(ChainSnapshot snapshot, FrameMap moved) {
    List<FileEntry> result = new ArrayList<>();
    for (FileEntry layer : snapshot.manifest().layers()) {
      for (DrawnFile file : snapshot.file(layer).files()) {
        if (moved.has(file.name().fileId())) {
          result.add(layer);
          break;
        }
      }
    }
    return result;
  }

  /** The short phase: rewrites the layers that draw on the packed files now. */
  private Result replace(FrameMap moved, SealedFile pages, int files) throws IOException {
    List<LayerRewriter> rewriters = new ArrayList<>();
    try (ChainSnapshot snapshot = chain.snapshot()) {
      List<Edit.Replacement> replacements = new ArrayList<>();
      List<FileName> drawn = new ArrayList<>();
      List<FileName> added = new ArrayList<>(List.of(pages.header().name()));
      long written = pages.length();
      long dropped = 0;
      for (FileEntry layer : drawing(snapshot, moved)) {
        LayerRewriter rewriter = new LayerRewriter(chain, snapshot, List.of(layer), moved);
        rewriters.add(rewriter);
        LayerRewriter.Rewritten rewritten = rewriter.write();
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
      return new Result(files, moved.size(), written, dropped);
    } finally {
      for (LayerRewriter rewriter : rewriters) {
        rewriter.close();
      }
    }
  }
}
