package dev.cairn.transport.receive;

import dev.cairn.chain.IncomingFile;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
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
  private boolean blocks;
  private boolean ended;
  private @Nullable IOException failure;

  /** Of the file whose blocks are handed out: which, and from which block on. */
  private int cursor;

  private long nextBlock;

  /**
   * @param files of the state to come, in the order of its manifest
   */
  FetchPlan(List<IncomingFile> files) {
    this.files = newestFirst(files);
    this.unsealed = new ArrayList<>(this.files);
    unsealed.removeIf(IncomingFile::isWhole);
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

  /**
   * Waits for a piece that a source has.
   *
   * @param serves tells whether it serves the file of an id
   * @return empty when nothing will come any more
   */
  synchronized Optional<Piece> take(LongPredicate serves) throws InterruptedException {
    while (!ended) {
      Optional<Piece> piece = next(serves);
      if (piece.isPresent()) {
        outstanding.add(piece.get());
        return piece;
      }
      wait();
    }
    return Optional.empty();
  }

  private Optional<Piece> next(LongPredicate serves) {
    for (Iterator<Piece> i = again.iterator(); i.hasNext(); ) {
      Piece piece = i.next();
      if (serves.test(piece.file().entry().fileId())) {
        i.remove();
        return Optional.of(piece);
      }
    }
    return blocks ? nextBlock(serves) : nextMetadata(serves);
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

  /** What the source does not have is left to others. */
  private Optional<Piece> nextBlock(LongPredicate serves) {
    while (cursor < files.size()) {
      IncomingFile file = files.get(cursor);
      long number = file.nextMissing(nextBlock);
      if (number < 0) {
        cursor++;
        nextBlock = 0;
        continue;
      }
      nextBlock = number + 1;
      Piece piece = new Piece.Block(file, number, file.range(number));
      if (serves.test(file.entry().fileId())) {
        return Optional.of(piece);
      }
      again.add(piece);
      notifyAll();
    }
    return Optional.empty();
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
      case Piece.Block b -> b.file().nextMissing(b.number()) == b.number();
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

  /** Waits until all metadata are here. */
  synchronized void awaitMetadata() throws IOException, InterruptedException {
    while (failure == null && unsealed.stream().anyMatch(file -> !file.hasMetadata())) {
      wait();
    }
    throwFailure();
  }

  /** From now on blocks are handed out. */
  synchronized void startBlocks() {
    blocks = true;
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

  /** Returns how many bytes are here and certified. */
  long certifiedBytes() {
    return files.stream().mapToLong(IncomingFile::certifiedBytes).sum();
  }

  /** Returns how many bytes there will be; a bound as long as metadata are missing. */
  long wantedBytes() {
    return files.stream().mapToLong(IncomingFile::wantedBytes).sum();
  }
}
