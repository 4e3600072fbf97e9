package dev.cairn.transport.receive;

import dev.cairn.chain.IncomingFile;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.LongPredicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Which blocks links fetch next: those that the point needs before the rest, file by file, and to
 * each link a stretch of them. Guarded by the plan whose part it is.
 */
final class BlockOrder {
  private final List<IncomingFile> files;

  /** Of links that fetch. */
  private final List<Stretch> stretches = new ArrayList<>();

  /** What links that are gone had not asked for. */
  private final Deque<Stretch.Run> left = new ArrayDeque<>();

  /** Blocks that the point needs; null when they are handed out: then all are. */
  private @Nullable Map<IncomingFile, BitSet> needed;

  /** Of the file whose blocks are handed out: which, and from which block on. */
  private int cursor;

  private long nextBlock;

  /**
   * Makes one of all blocks.
   *
   * @param files in their order
   */
  BlockOrder(List<IncomingFile> files) {
    this.files = files;
  }

  /** Has blocks that the point needs come first. */
  void need(Map<IncomingFile, BitSet> ofPoint) {
    needed = ofPoint;
  }

  void begin(Stretch stretch) {
    stretches.add(stretch);
  }

  void end(Stretch stretch) {
    stretches.remove(stretch);
    left.addAll(stretch.empty());
  }

  /**
   * Gives a link the next blocks; where there are no more, half of what another one has.
   *
   * @param serves tells whether its source serves the file of an id
   * @param others takes a block that it does not serve
   */
  void fill(Stretch stretch, LongPredicate serves, Consumer<Piece> others) {
    Stretch.Run run = nextLeft(serves);
    if (run == null) {
      run = nextRun(serves, Math.max(1, stretch.most()), others);
    }
    if (run == null && stretch.first() == null) {
      run = half(serves);
    }
    if (run != null) {
      stretch.add(run);
    }
  }

  private static boolean serves(LongPredicate serves, Stretch.Run run) {
    return serves.test(run.file().entry().fileId());
  }

  private Stretch.@Nullable Run nextLeft(LongPredicate serves) {
    for (Iterator<Stretch.Run> i = left.iterator(); i.hasNext(); ) {
      Stretch.Run run = i.next();
      if (serves(serves, run)) {
        i.remove();
        return run;
      }
    }
    return null;
  }

  private Stretch.@Nullable Run half(LongPredicate serves) {
    return stretches.stream()
        .flatMap(each -> Stream.ofNullable(each.last()))
        .filter(run -> serves(serves, run))
        .max(Comparator.comparingLong(Stretch.Run::left))
        .map(Stretch.Run::split)
        .orElse(null);
  }

  private Stretch.@Nullable Run nextRun(LongPredicate serves, int most, Consumer<Piece> others) {
    while (cursor < files.size()) {
      IncomingFile file = files.get(cursor);
      long number = nextMissing(file);
      if (number < 0) {
        cursor++;
        nextBlock = 0;
        if (cursor == files.size() && needed != null) {
          needed = null;
          cursor = 0;
        }
        continue;
      }
      nextBlock = number + 1;
      if (serves.test(file.entry().fileId())) {
        while (nextBlock - number < most && nextMissing(file) == nextBlock) {
          nextBlock++;
        }
        return new Stretch.Run(file, number, nextBlock);
      }
      others.accept(new Piece.Block(file, number, file.range(number)));
    }
    return null;
  }

  private long nextMissing(IncomingFile file) {
    if (needed == null) {
      return file.nextMissing(nextBlock);
    }
    BitSet of = needed.get(file);
    long number = of == null ? -1 : of.nextSetBit((int) nextBlock);
    while (of != null && number >= 0 && !file.isMissing(number)) {
      number = of.nextSetBit((int) number + 1);
    }
    return number;
  }
}
