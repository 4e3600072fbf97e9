package dev.cairn.tools.command;

import dev.cairn.chain.Chain;
import dev.cairn.chain.Edit;
import dev.cairn.chain.manifest.Hold;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Holds a point while a postcopy of it is under way, or VMs are served from it: who goes on with
 * that later, in another process, must find it. It outlives a process that is killed, and is let go
 * when what it was for has come to its end. Thread-safe: a point that is still coming is held when
 * it is in the store, by the thread that finds it there.
 */
final class PointHold implements Closeable {
  /** {@code resume-PID-RANDOM}, {@code uffd-serve-PID-RANDOM}. */
  private static final Pattern TOKEN =
      Pattern.compile("(resume|uffd-serve)-([0-9]{1,10})-[0-9a-f]{8}");

  private static final String RESUME = "cairn resume";

  private final String name;
  private final long point;
  private final String owner;
  private final Console console;
  private final String token;
  private @Nullable Chain taken; // guarded by this, as all below
  private boolean ended;
  private boolean over;

  private PointHold(OpenPoint open, String kind, String owner, Console console) {
    this.name = open.chain().name();
    this.point = open.point().checkpoint();
    this.owner = owner;
    this.console = console;
    byte[] random = new byte[4];
    open.chain().environment().random().nextBytes(random);
    token = kind + "-" + ProcessHandle.current().pid() + "-" + HexFormat.of().formatHex(random);
  }

  /** Takes it for a resume. */
  static PointHold forResume(OpenPoint open, Console console) {
    return take(open, new PointHold(open, "resume", RESUME, console));
  }

  /** Takes it for VMs that come to a socket, whatever server of it serves them. */
  static PointHold forSocket(OpenPoint open, Path socket, Console console) {
    String owner = "cairn uffd-serve " + socket.toAbsolutePath();
    return take(open, new PointHold(open, "uffd-serve", owner, console));
  }

  private static PointHold take(OpenPoint open, PointHold hold) {
    open.whenHere(hold::take);
    return hold;
  }

  /** Where that cannot be, as in a store that is only read, a warning says so. */
  private synchronized void take(Chain chain) {
    if (over) {
      return;
    }
    try {
      chain.commit(List.of(new Edit.TakeHold(token, point, owner)), List.of());
      taken = chain;
    } catch (IOException e) {
      console.warn(
          "%s@%d cannot be held (%s): pin it, lest it be forgotten while it is resumed"
              .formatted(name, point, e.getMessage()));
    }
  }

  /** Returns processes that are at it, and live. */
  static List<Long> others(List<Hold> holds) {
    return holds.stream()
        .map(hold -> TOKEN.matcher(hold.token()))
        .filter(Matcher::matches)
        .map(matcher -> Long.valueOf(matcher.group(2)))
        .filter(pid -> pid != ProcessHandle.current().pid() && ProcessHandle.of(pid).isPresent())
        .toList();
  }

  /** Leaves it: somebody else goes on. */
  synchronized void keep() {
    taken = null;
    over = true;
  }

  /** What it is for has come to its end: those who began it need the point no more. */
  synchronized void end() {
    ended = true;
  }

  /** Lets it go, and at that end those of its owners that were killed. */
  @Override
  public synchronized void close() {
    Chain chain = taken;
    over = true;
    if (chain == null) {
      return;
    }
    taken = null;
    try {
      List<Edit> edits =
          chain.manifest().marks().holds().stream()
              .filter(hold -> hold.token().equals(token) || (ended && isOfTheDead(hold)))
              .<Edit>map(hold -> new Edit.ReleaseHold(hold.token()))
              .toList();
      chain.commit(edits, List.of());
    } catch (IOException e) {
      console.warn(
          "the hold %s stays (%s); to end it: cairn forget %s --expire-hold %s"
              .formatted(token, e.getMessage(), chain.name(), token));
    }
  }

  private boolean isOfTheDead(Hold hold) {
    Matcher matcher = TOKEN.matcher(hold.token());
    return hold.point() == point
        && hold.owner().equals(owner)
        && matcher.matches()
        && ProcessHandle.of(Long.parseLong(matcher.group(2))).isEmpty();
  }
}
