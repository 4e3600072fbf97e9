package dev.cairn.transport.source;

import dev.cairn.chain.Chain;
import dev.cairn.chain.ChainName;
import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.ChainSnapshot.RestorePoint;
import dev.cairn.chain.ChainState;
import dev.cairn.chain.Edit;
import dev.cairn.chain.Incoming;
import dev.cairn.chain.PointText;
import dev.cairn.chain.manifest.Hold;
import dev.cairn.chain.manifest.Manifest;
import dev.cairn.chain.manifest.ManifestCodec;
import dev.cairn.store.NoSuchPointException;
import dev.cairn.store.StoreException;
import dev.cairn.store.file.Point;
import dev.cairn.transport.link.FailureException;
import dev.cairn.transport.wire.ErrorCode;
import dev.cairn.transport.wire.Message;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;

/** Takes, finds and releases the holds of receivers in the manifests of a store. Thread-safe. */
final class Holds {
  /** Most holds of one owner, in all chains. */
  static final int MOST = 8;

  /** So often is a point looked for anew that was forgotten in the moment in which it was held. */
  private static final int MOST_TRIES = 3;

  private final SharedChains chains;
  private final HoldCounts counts;

  Holds(SharedChains chains) {
    this.chains = chains;
    this.counts = new HoldCounts(chains);
  }

  /**
   * A hold that was taken.
   *
   * @param hold the caller's
   * @param text the state to come
   */
  record Taken(ServedHold hold, Point point, MemorySegment text) {}

  /** What a point would be; no hold is taken. */
  Message.Seen look(Scope scope, Message.Look look, SortedSet<Integer> pageSizes)
      throws IOException {
    try (SharedChains.Shared shared = open(scope, look.chain());
        ChainSnapshot snapshot = shared.chain().snapshot()) {
      Point point = choose(shared.chain(), snapshot, () -> find(scope, snapshot, look));
      Manifest.Identity identity = snapshot.manifest().identity();
      requirePageSize(look.chain(), identity.pageSize(), pageSizes);
      return new Message.Seen(
          point.checkpoint(), point.id(), identity.chain(), identity.pageSize());
    }
  }

  /** Opens a chain that a request names; what cannot be a name is one that is not there. */
  SharedChains.Shared open(Scope scope, String text) throws IOException {
    String name = scope.chain(text);
    if (!ChainName.isSound(name)) {
      throw Refusal.noChain(text);
    }
    try {
      return chains.open(name);
    } catch (NoSuchPointException e) {
      throw Refusal.noChain(text);
    }
  }

  private static void requirePageSize(String chain, int pageSize, SortedSet<Integer> agreed)
      throws IOException {
    if (!agreed.contains(pageSize)) {
      throw FailureException.of(ErrorCode.VERSION, "page size of chain " + chain, agreed, pageSize);
    }
  }

  @FunctionalInterface
  private interface Choice {
    RestorePoint find() throws IOException;
  }

  /** A chain that is being received has some of its points not yet: another source may. */
  private static Point choose(Chain chain, ChainSnapshot snapshot, Choice choice)
      throws IOException {
    try {
      return choice.find().point();
    } catch (NoSuchPointException e) {
      if (isComing(chain)) {
        throw FailureException.of(
            ErrorCode.NOT_YET,
            "chain " + snapshot.chain() + " is being received here, and has no such point yet");
      }
      throw e;
    }
  }

  private static boolean isComing(Chain chain) throws IOException {
    try {
      return Incoming.look(chain).isPresent();
    } catch (StoreException e) {
      return true; // something was coming
    }
  }

  private static RestorePoint find(Scope scope, ChainSnapshot snapshot, Message.Look look)
      throws IOException {
    return switch (scope) {
      case Scope.Client _ -> find(snapshot, look.byId(), look.point());
      case Scope.Offered offered -> {
        if (!look.byId()) {
          yield offered(offered, snapshot);
        }
        RestorePoint found = find(snapshot, true, look.point());
        boolean own = found.checkpoint() == offered.offer().point();
        if (own || (!offered.offer().only() && found.checkpoint() < offered.offer().point())) {
          yield found;
        }
        throw FailureException.of(ErrorCode.NO_SUCH, "no point of that id is offered");
      }
    };
  }

  private static RestorePoint find(Scope scope, ChainSnapshot snapshot, Message.Open open)
      throws IOException {
    return switch (scope) {
      case Scope.Client _ -> find(snapshot, open.byId(), open.point());
      case Scope.Offered offered -> offered(offered, snapshot);
    };
  }

  private static RestorePoint find(ChainSnapshot snapshot, boolean byId, String text)
      throws IOException {
    if (!byId) {
      return PointText.find(snapshot, text);
    }
    for (Point point : snapshot.points().values()) {
      if (point.id().toString().equalsIgnoreCase(text)) {
        return snapshot.describe(point);
      }
    }
    throw new NoSuchPointException(
        "chain " + snapshot.chain() + " has no restore point with the id " + text);
  }

  private static RestorePoint offered(Scope.Offered offered, ChainSnapshot snapshot)
      throws IOException {
    Point point = snapshot.point(offered.offer().point());
    if (!point.id().equals(offered.offer().checkpoint())) {
      throw FailureException.of(
          ErrorCode.NO_SUCH,
          "what was offered is another point now",
          offered.offer().checkpoint(),
          point.id());
    }
    return snapshot.describe(point);
  }

  /** Takes a hold, in the place of one of that token if there is one of the same owner. */
  Taken take(Scope scope, Message.Open open, SortedSet<Integer> pageSizes) throws IOException {
    SharedChains.Shared shared = open(scope, open.chain());
    boolean done = false;
    try {
      Chain chain = shared.chain();
      requirePageSize(open.chain(), chain.manifest().pageSize(), pageSizes);
      requireRoom(scope.owner(), chain.name(), open.token());
      Manifest manifest = commit(shared, scope, open);
      Hold hold = manifest.hold(open.token()).orElseThrow();
      counts.taken(chain.name(), hold);
      Taken taken = opened(shared, manifest, hold, open.only() || isOnly(scope));
      done = true;
      return taken;
    } finally {
      if (!done) {
        shared.close();
      }
    }
  }

  private static boolean isOnly(Scope scope) {
    return scope instanceof Scope.Offered offered && offered.offer().only();
  }

  private Manifest commit(SharedChains.Shared shared, Scope scope, Message.Open open)
      throws IOException {
    for (int tries = 1; ; tries++) {
      long number;
      try (ChainSnapshot snapshot = shared.chain().snapshot()) {
        number = choose(shared.chain(), snapshot, () -> find(scope, snapshot, open)).checkpoint();
      }
      List<Edit> edits = new ArrayList<>();
      if (find(shared.chain().manifest(), scope, open.token()).isPresent()) {
        edits.add(new Edit.ReleaseHold(open.token()));
      }
      edits.add(new Edit.TakeHold(open.token(), number, scope.owner()));
      try {
        return commit(shared, edits);
      } catch (NoSuchPointException e) {
        if (tries == MOST_TRIES) {
          throw e;
        }
      }
    }
  }

  private Manifest commit(SharedChains.Shared shared, List<Edit> edits) throws IOException {
    boolean done = false;
    try {
      Manifest manifest = shared.chain().commit(edits, List.of());
      done = true;
      return manifest;
    } catch (StoreException e) {
      done = true;
      throw e;
    } finally {
      if (!done) {
        chains.renew(shared); // its syncs may have failed: it takes no commit any more
      }
    }
  }

  private Taken opened(SharedChains.Shared shared, Manifest manifest, Hold hold, boolean only)
      throws IOException {
    boolean done = false;
    try (ChainSnapshot snapshot = shared.chain().snapshot(manifest)) {
      Point point = snapshot.point(hold.point());
      byte[] text = ManifestCodec.encode(ChainState.upTo(snapshot, hold.point(), only));
      if (text.length > Message.MOST_STATE) {
        throw FailureException.of(
            ErrorCode.FAILED,
            "the state to come is too long",
            Message.MOST_STATE + " bytes",
            text.length);
      }
      done = true;
      return new Taken(new ServedHold(shared, manifest, hold), point, MemorySegment.ofArray(text));
    } finally {
      if (!done) {
        commit(shared, List.of(new Edit.ReleaseHold(hold.token()))); // nobody will know of it
      }
    }
  }

  private void requireRoom(String owner, String chain, String token) throws IOException {
    int count = counts.count(owner, chain, token, MOST);
    if (count >= MOST) {
      throw new FailureException(
          new Message.Failure(
              ErrorCode.TOO_MUCH,
              "holds of " + owner,
              "at most " + MOST,
              Integer.toString(count + 1),
              "let some go at the source: cairn forget CHAIN --expire-hold TOKEN"));
    }
  }

  private static Optional<Hold> find(Manifest manifest, Scope scope, String token) {
    return manifest.hold(token).filter(hold -> hold.owner().equals(scope.owner()));
  }

  /**
   * A hold that was found.
   *
   * @param hold the caller's
   */
  record Found(ServedHold hold, Point point) {}

  /** Finds a hold of before. */
  Found find(Scope scope, String chain, String token) throws IOException {
    SharedChains.Shared shared = open(scope, chain);
    boolean done = false;
    try (ChainSnapshot snapshot = shared.chain().snapshot()) {
      Hold hold = find(snapshot.manifest(), scope, token).orElseThrow(() -> Refusal.noHold(token));
      Point point = snapshot.point(hold.point());
      done = true;
      return new Found(new ServedHold(shared, snapshot.manifest(), hold), point);
    } finally {
      if (!done) {
        shared.close();
      }
    }
  }

  /** Lets a hold go. */
  void release(Scope scope, String chain, String token) throws IOException {
    try (SharedChains.Shared shared = open(scope, chain)) {
      Hold hold =
          find(shared.chain().manifest(), scope, token).orElseThrow(() -> Refusal.noHold(token));
      commit(shared, List.of(new Edit.ReleaseHold(hold.token())));
      counts.released(shared.chain().name(), token);
    }
  }

  /**
   * Lets all holds of an owner on a point go.
   *
   * @return how many
   */
  int releaseAll(String chain, String owner, long point) throws IOException {
    try (SharedChains.Shared shared = chains.open(chain)) {
      List<Edit> edits =
          shared.chain().manifest().marks().holds().stream()
              .filter(hold -> hold.owner().equals(owner) && hold.point() == point)
              .<Edit>map(hold -> new Edit.ReleaseHold(hold.token()))
              .toList();
      if (!edits.isEmpty()) {
        commit(shared, edits);
      }
      return edits.size();
    }
  }
}
