package dev.cairn.transport.receive;

import dev.cairn.chain.IncomingFile;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/**
 * What is still to be fetched, in the order of transport/PROTOCOL.md, Bulk. Hands each piece out
 * once, and again if it did not come. Thread-safe.
 */
final class FetchPlan {
  /** So often a piece may come wrong, whoever sent it. */
  private static final int MOST_WRONG = 3;

  private final List<IncomingFile> files;

  // All of these are guarded by this.
  private final Set<Piece> outstanding = new HashSet<>();
  private final Deque<Piece> again = new ArrayDeque<>();
  private final Map<Piece, Integer> wrong = new HashMap<>();
  private final List<IncomingFile> unsealed;

  /** Those who wait for a piece. */
  private int takers;

  /** Blocks that are handed out before others, as somebody waits for them. */
  private final LinkedHashSet<Piece> first = new LinkedHashSet<>();

  private Blocks blocks = Blocks.NONE;
  private boolean ended;
  private @Nullable IOException failure;

  private final BlockOrder order;

  /** Which blocks are handed out. */
  private enum Blocks {
    /** None: metadata are. */
    NONE,
    /** Those that are wanted first. */
    FIRST,
    /** All, in their order. */
    ALL
  }

  /**
   * @param files of the state to come, in the order of its manifest
   */
  FetchPlan(List<IncomingFile> files) {
    this.files = newestFirst(files);
    this.unsealed = new ArrayList<>(this.files);
    unsealed.removeIf(IncomingFile::isWhole);
    order = new BlockOrder(this.files);
  }

  /** A manifest has the base, the layers from old to new, then data. */
  private static List<IncomingFile> newestFirst(List<IncomingFile> files) {
    List<IncomingFile> ordered = new ArrayList<>();
    List<IncomingFile> data = new ArrayList<>();
    for (IncomingFile file : files) {
      switch (file.entry().role()) {
        case BASE, LAYER -> ordered.addFirst(file);
        case DATA -> data.add(file);
      }
    }
    ordered.addAll(data);
    return ordered;
  }

  /** A link begins to fetch. */
  synchronized void begin(Stretch stretch) {
    order.begin(stretch);
  }

  /** A link fetches no more: what it had not asked for yet is for others. */
  synchronized void end(Stretch stretch) {
    order.end(stretch);
    notifyAll();
  }

  /**
   * Waits for a piece that a source has.
   *
   * @param serves tells whether it serves the file of an id
   * @param stretch of the link
   * @return empty when nothing will come any more
   */
  synchronized Optional<Piece> take(LongPredicate serves, Stretch stretch)
      throws InterruptedException {
    while (!ended) {
      Optional<Piece> piece = next(serves, stretch);
      if (piece.isPresent()) {
        outstanding.add(piece.get());
        return piece;
      }
      takers++;
      try {
        wait();
      } finally {
        takers--;
      }
    }
    return Optional.empty();
  }

  private Optional<Piece> next(LongPredicate serves, Stretch stretch) {
    Optional<Piece> piece = next(first, serves);
    if (piece.isEmpty()) {
      piece = next(again, serves);
    }
    if (piece.isPresent()) {
      return piece;
    }
    return switch (blocks) {
      case NONE -> nextMetadata(serves);
      case FIRST -> Optional.empty();
      case ALL -> nextBlock(serves, stretch);
    };
  }

  private Optional<Piece> next(Collection<Piece> pieces, LongPredicate serves) {
    for (Iterator<Piece> i = pieces.iterator(); i.hasNext(); ) {
      Piece piece = i.next();
      if (outstanding.contains(piece) || !isWanted(piece)) {
        i.remove();
      } else if (serves.test(piece.file().entry().fileId())) {
        i.remove();
        return Optional.of(piece);
      }
    }
    return Optional.empty();
  }

  private Optional<Piece> nextMetadata(LongPredicate serves) {
    for (IncomingFile file : unsealed) {
      if (!file.hasMetadata() && serves.test(file.entry().fileId())) {
        for (IncomingFile.Range range : file.missingMetadata()) {
          Piece piece = new Piece.Metadata(file, range);
          if (!outstanding.contains(piece) && !again.contains(piece)) {
            return Optional.of(piece);
          }
        }
      }
    }
    return Optional.empty();
  }

  private Optional<Piece> nextBlock(LongPredicate serves, Stretch stretch) {
    while (true) {
      if (stretch.isShort()) {
        order.fill(stretch, serves, this::leave);
      }
      Stretch.Run run = stretch.first();
      if (run == null) {
        return Optional.empty();
      }
      IncomingFile file = run.file();
      long number = run.take();
      Piece piece = new Piece.Block(file, number, file.range(number));
      if (file.isMissing(number) && !outstanding.contains(piece)) { // else it was asked for first
        return Optional.of(piece);
      }
    }
  }

  /** What a source does not have is left to others. */
  private void leave(Piece piece) {
    if (!outstanding.contains(piece)) {
      again.add(piece);
      notifyAll();
    }
  }

  /**
   * Hands blocks out before others.
   *
   * @param count of blocks, as far as there are so many
   * @param urgent before those that were named before
   */
  synchronized void first(IncomingFile file, long block, int count, boolean urgent) {
    for (int i = count - 1; i >= 0; i--) { // the last that is put first comes first
      long number = block + (urgent ? i : count - 1 - i);
      if (file.isMissing(number)) {
        Piece piece = new Piece.Block(file, number, file.range(number));
        if (urgent) {
          first.addFirst(piece);
        } else {
          first.add(piece);
        }
      }
    }
    if (takers > 0) { // all others wait for something else, and there are many faults
      notifyAll();
    }
  }

  /** Says that a piece has come and is where it belongs. */
  synchronized void done(Piece piece) {
    outstanding.remove(piece);
    wrong.remove(piece);
    notifyAll();
  }

  /** Says that a piece did not come: somebody else is asked, or the same one again. */
  synchronized void lost(Piece piece) {
    if (outstanding.remove(piece) && isWanted(piece)) {
      again.add(piece);
    }
    notifyAll();
  }

  /** What was metadata may be so no more: they are all over again once one of them was wrong. */
  private static boolean isWanted(Piece piece) {
    return switch (piece) {
      case Piece.Metadata m -> m.file().missingMetadata().contains(m.range());
      case Piece.Block b -> b.file().isMissing(b.number());
    };
  }

  /** Says that a piece came and was wrong. */
  synchronized void wrong(Piece piece, IOException why) {
    int times = wrong.merge(piece, 1, Integer::sum);
    if (times >= MOST_WRONG) {
      fail(why);
    }
    lost(piece);
  }

  /** Ends it all. */
  synchronized void fail(IOException why) {
    if (failure == null) {
      failure = why;
    } else if (failure != why) {
      failure.addSuppressed(why);
    }
    ended = true;
    notifyAll();
  }

  /** Hands nothing out any more. */
  synchronized void end() {
    ended = true;
    notifyAll();
  }

  /** Tells whether something is here. */
  @FunctionalInterface
  interface Here {
    boolean isHere() throws IOException;
  }

  /** Waits until something is here, whatever piece brings it. */
  synchronized void await(Here what) throws IOException, InterruptedException {
    throwFailure();
    while (!what.isHere()) {
      wait();
      throwFailure();
    }
  }

  /** Waits until all metadata are here. */
  synchronized void awaitMetadata() throws IOException, InterruptedException {
    while (failure == null && unsealed.stream().anyMatch(file -> !file.hasMetadata())) {
      wait();
    }
    throwFailure();
  }

  /** From now on the blocks that are wanted first are handed out, and no others. */
  synchronized void startFirst() {
    blocks = Blocks.FIRST;
    notifyAll();
  }

  /** From now on blocks are handed out: those that the point needs before others. */
  synchronized void startBlocks(Map<IncomingFile, BitSet> neededOfPoint) {
    order.need(neededOfPoint);
    blocks = Blocks.ALL;
    notifyAll();
  }

  /** From now on blocks are handed out, in the order of their files. */
  synchronized void startBlocks() {
    blocks = Blocks.ALL;
    notifyAll();
  }

  /** Waits for a file that is here, and was not named before; empty when all were. */
  synchronized Optional<IncomingFile> awaitFile() throws IOException, InterruptedException {
    while (true) {
      throwFailure();
      if (unsealed.isEmpty()) {
        return Optional.empty();
      }
      for (Iterator<IncomingFile> i = unsealed.iterator(); i.hasNext(); ) {
        IncomingFile file = i.next();
        if (file.hasMetadata() && file.nextMissing(0) < 0 && !isOutstanding(file)) {
          i.remove();
          return Optional.of(file);
        }
      }
      wait();
    }
  }

  private boolean isOutstanding(IncomingFile file) {
    return outstanding.stream().anyMatch(piece -> piece.file() == file);
  }

  private void throwFailure() throws IOException {
    if (failure != null) {
      throw failure;
    }
  }

  /** Tells whether there is something that none of those that are asked has. */
  synchronized boolean isStuck(LongPredicate serves) {
    return !ended && unsealed.stream().anyMatch(f -> !serves.test(f.entry().fileId()));
  }

  /** Returns how many bytes are here and certified. */
  long certifiedBytes() {
    return files.stream().mapToLong(IncomingFile::certifiedBytes).sum();
  }

  /** Returns how many bytes there will be; a bound as long as metadata are missing. */
  long wantedBytes() {
    return files.stream().mapToLong(IncomingFile::wantedBytes).sum();
  }
}
