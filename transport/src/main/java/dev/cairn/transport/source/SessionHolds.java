package dev.cairn.transport.source;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** The holds that one session has said. Thread-safe. */
final class SessionHolds {
  /** Rights may change while a session goes on: they are looked at again after so long. */
  private static final long RIGHTS_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Scope scope;
  private final LongSupplier nanoTime;
  private final List<Entry> entries = new CopyOnWriteArrayList<>();
  private boolean ended; // guarded by this

  private static final class Entry {
    final ServedHold hold;
    volatile long lookedAt;
    volatile boolean visible = true;

    Entry(ServedHold hold, long now) {
      this.hold = hold;
      this.lookedAt = now;
    }
  }

  SessionHolds(Scope scope, LongSupplier nanoTime) {
    this.scope = scope;
    this.nanoTime = nanoTime;
  }

  /** Adds a hold, in the place of one of the same token; owns it from then on. */
  synchronized void add(ServedHold hold) throws IOException {
    remove(hold.chain(), hold.hold().token());
    if (ended) {
      hold.close();
      return;
    }
    entries.add(new Entry(hold, nanoTime.getAsLong()));
  }

  /** Lets a hold go. */
  synchronized void remove(String chain, String token) throws IOException {
    List<Entry> gone =
        entries.stream()
            .filter(entry -> entry.hold.chain().equals(chain))
            .filter(entry -> entry.hold.hold().token().equals(token))
            .toList();
    entries.removeAll(gone);
    for (Entry entry : gone) {
      entry.hold.close();
    }
  }

  /** Returns the file of that id, if one of the holds names it. */
  Optional<ServedHold.HeldFile> file(long fileId) {
    for (Entry entry : entries) {
      Optional<ServedHold.HeldFile> file = entry.hold.file(fileId);
      if (file.isPresent() && isVisible(entry)) {
        return file;
      }
    }
    return Optional.empty();
  }

  /** Returns the holds whose chains may be seen. */
  List<ServedHold> visible() {
    return entries.stream().filter(this::isVisible).map(entry -> entry.hold).toList();
  }

  /** Returns all. */
  List<ServedHold> all() {
    return entries.stream().map(entry -> entry.hold).toList();
  }

  private boolean isVisible(Entry entry) {
    long now = nanoTime.getAsLong();
    if (now - entry.lookedAt >= RIGHTS_NANOS) {
      entry.lookedAt = now;
      entry.visible = scope.maySee(entry.hold.chain());
    }
    return entry.visible;
  }

  /** Lets all go. */
  synchronized void end() throws IOException {
    ended = true;
    List<ServedHold> gone = all();
    entries.clear();
    for (ServedHold hold : gone) {
      hold.close();
    }
  }
}
