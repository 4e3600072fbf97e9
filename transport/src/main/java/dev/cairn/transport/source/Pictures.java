package dev.cairn.transport.source;

import dev.cairn.chain.Chain;
import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.PointProjection;
import dev.cairn.chain.PointView;
import dev.cairn.store.Id;
import dev.cairn.store.file.Point;
import java.io.Closeable;
import java.io.IOException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The points of one chain by their ids, for who serves pages of them: a snapshot, and of the points
 * that were asked for lately where their pages lie. Thread-safe.
 */
final class Pictures implements Closeable {
  /** So many points are kept that nobody asks for just now. */
  private static final int MOST_POINTS = 4;

  /** An id that is not known is looked for in a newer generation at most so often. */
  private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** After so long, files that were merged away meanwhile are let go. */
  private static final long OLD_NANOS = TimeUnit.MINUTES.toNanos(10);

  private static final class Picture {
    final ChainSnapshot snapshot;
    final long madeAt;
    final Map<Id, Long> numbers = new HashMap<>();
    final LinkedHashMap<Id, Served> points = new LinkedHashMap<>(16, 0.75f, true);
    int users = 1; // the Pictures themselves

    Picture(ChainSnapshot snapshot, long madeAt) throws IOException {
      this.snapshot = snapshot;
      this.madeAt = madeAt;
      for (Point point : snapshot.points().values()) {
        numbers.put(point.id(), point.checkpoint());
      }
    }
  }

  /** A point, until it is closed; not to be closed twice. Thread-safe. */
  final class Served implements Closeable {
    private final Picture picture;
    private final PointView view;
    private final PointProjection projection;
    private int users; // guarded by Pictures.this
    private boolean kept = true; // guarded by Pictures.this

    private Served(Picture picture, PointView view) {
      this.picture = picture;
      this.view = view;
      this.projection = new PointProjection(view);
    }

    PointView view() {
      return view;
    }

    /** Returns the label that the point has by now. */
    String label() {
      return picture.snapshot.describe(view.point()).label();
    }

    PointProjection projection() {
      return projection;
    }

    /** Lets it go. */
    @Override
    public void close() throws IOException {
      release(this);
    }
  }

  private final Chain chain;
  private final LongSupplier nanoTime;
  private @Nullable Picture current; // guarded by this, as all below
  private long lookedAt;

  Pictures(Chain chain, LongSupplier nanoTime) {
    this.chain = chain;
    this.nanoTime = nanoTime;
  }

  /** Finds a retained point. The caller closes it. */
  synchronized Optional<Served> find(Id checkpoint) throws IOException {
    Picture picture = picture(checkpoint);
    Long number = picture.numbers.get(checkpoint);
    if (number == null) {
      return Optional.empty();
    }
    Served served = picture.points.get(checkpoint);
    if (served == null) {
      served = new Served(picture, picture.snapshot.view(number));
      picture.points.put(checkpoint, served);
      picture.users++;
      served.users++; // before others are looked at: it must not be the one to go
      trim(picture, MOST_POINTS);
      return Optional.of(served);
    }
    served.users++;
    return Optional.of(served);
  }

  private Picture picture(Id checkpoint) throws IOException {
    long now = nanoTime.getAsLong();
    Picture picture = current;
    if (picture != null) {
      boolean known = picture.numbers.containsKey(checkpoint);
      boolean due = known ? now - picture.madeAt >= OLD_NANOS : now - lookedAt >= LOOK_NANOS;
      if (!due) {
        return picture;
      }
      lookedAt = now;
      if (chain.manifest().generation() == picture.snapshot.manifest().generation()) {
        return picture;
      }
    }
    ChainSnapshot snapshot = chain.snapshot();
    boolean done = false;
    try {
      Picture next = new Picture(snapshot, now);
      done = true;
      dropCurrent();
      current = next;
      lookedAt = now;
      return next;
    } finally {
      if (!done) {
        snapshot.close();
      }
    }
  }

  private void dropCurrent() throws IOException {
    Picture picture = current;
    if (picture != null) {
      current = null;
      trim(picture, 0);
      release(picture);
    }
  }

  /** Lets points go that nobody asks for just now, the oldest first, until few are left. */
  private void trim(Picture picture, int most) throws IOException {
    var each = picture.points.values().iterator();
    while (picture.points.size() > most && each.hasNext()) {
      Served served = each.next();
      if (served.users == 0) {
        each.remove();
        close(served);
      } else if (most == 0) {
        each.remove();
        served.kept = false;
      }
    }
  }

  private synchronized void release(Served served) throws IOException {
    served.users--;
    if (served.users == 0 && !served.kept) {
      close(served);
    }
  }

  private void close(Served served) throws IOException {
    served.projection.close();
    release(served.picture);
  }

  private static void release(Picture picture) throws IOException {
    picture.users--;
    if (picture.users == 0) {
      picture.snapshot.close();
    }
  }

  @Override
  public synchronized void close() throws IOException {
    dropCurrent();
  }
}
