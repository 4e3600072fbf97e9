package dev.cairn.transport.receive;

import dev.cairn.chain.IncomingFile;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The blocks that one link fetches next: runs of a file, the one that it is in and the one ahead.
 * Guarded by the plan that fills it; what is new is for the link's own thread.
 */
final class Stretch {
  /** Blocks that follow each other: {@code next} to {@code end}, exclusive. */
  static final class Run {
    private final IncomingFile file;
    private final long length;
    private long next;
    private long end;

    Run(IncomingFile file, long next, long end) {
      this.file = file;
      this.next = next;
      this.end = end;
      length = end - next;
    }

    IncomingFile file() {
      return file;
    }

    long left() {
      return end - next;
    }

    /** Takes the first block; -1 if there is none. */
    long take() {
      return next < end ? next++ : -1;
    }

    /** Takes the second half away, at least a block. */
    Run split() {
      long middle = next + left() / 2;
      Run half = new Run(file, middle, end);
      end = middle;
      return half;
    }

    /** Returns where in its file it lies, as a link is told of it. */
    Told told() {
      long offset = file.range(next).offset();
      IncomingFile.Range last = file.range(end - 1);
      long length = last.offset() + last.length() - offset;
      return new Told(file.entry().fileId(), offset, Math.toIntExact(length));
    }
  }

  /** Where a run lies, bytes. */
  record Told(long file, long offset, int length) {}

  private final int most;
  private final Deque<Run> runs = new ArrayDeque<>();
  private final List<Told> fresh = new ArrayList<>();

  /**
   * Makes an empty one.
   *
   * @param most blocks of a run; 0 if the link takes each as it comes
   */
  Stretch(int most) {
    this.most = most;
  }

  int most() {
    return most;
  }

  /** Returns the run that it is in. */
  @Nullable Run first() {
    Run run = runs.peekFirst();
    while (run != null && run.left() == 0) {
      runs.removeFirst();
      run = runs.peekFirst();
    }
    return run;
  }

  /** Tells whether half of what it has is handed out, and nothing lies ahead. */
  boolean isShort() {
    Run run = first();
    return run == null || (runs.size() == 1 && run.left() <= run.length / 2);
  }

  void add(Run run) {
    runs.addLast(run);
    if (most > 1 && run.left() > 1) {
      fresh.add(run.told());
    }
  }

  /** Returns the run from which another link may take: the last one. */
  @Nullable Run last() {
    Run run = runs.peekLast();
    while (run != null && run.left() == 0) {
      runs.removeLast();
      run = runs.peekLast();
    }
    return run;
  }

  /** Takes what is left. */
  List<Run> empty() {
    List<Run> left = runs.stream().filter(run -> run.left() > 0).toList();
    runs.clear();
    fresh.clear();
    return left;
  }

  /** Takes the runs that nobody has told the link of. */
  List<Told> fresh() {
    List<Told> told = List.copyOf(fresh);
    fresh.clear();
    return told;
  }
}
