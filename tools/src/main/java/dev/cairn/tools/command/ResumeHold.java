package dev.cairn.tools.command;

import dev.cairn.chain.Chain;
import dev.cairn.chain.Edit;
import dev.cairn.chain.manifest.Hold;
import java.io.Closeable;
import java.io.IOException;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Holds a point while a postcopy of it is under way: who goes on with that later, in another
 * process, must find it. It outlives a process that is killed, and is let go when the postcopy has
 * come to its end. Not thread-safe.
 */
final class ResumeHold implements Closeable {
  /** {@code resume-PID-RANDOM}. */
  private static final Pattern TOKEN = Pattern.compile("resume-([0-9]{1,10})-[0-9a-f]{8}");

  private final Chain chain;
  private final long point;
  private final Console console;
  private final String token;
  private boolean taken;
  private boolean ended;

  private ResumeHold(Chain chain, long point, Console console) {
    this.chain = chain;
    this.point = point;
    this.console = console;
    byte[] random = new byte[4];
    chain.environment().random().nextBytes(random);
    token = "resume-" + ProcessHandle.current().pid() + "-" + HexFormat.of().formatHex(random);
  }

  /** Takes it; where that cannot be, as in a store that is only read, a warning says so. */
  static ResumeHold take(Chain chain, long point, Console console) {
    ResumeHold hold = new ResumeHold(chain, point, console);
    try {
      chain.commit(List.of(new Edit.TakeHold(hold.token, point, "cairn resume")), List.of());
      hold.taken = true;
    } catch (IOException e) {
      console.warn(
          "%s@%d cannot be held (%s): pin it, lest it be forgotten while it is resumed"
              .formatted(chain.name(), point, e.getMessage()));
    }
    return hold;
  }

  /** Returns processes that are at it, and live. */
  static List<Long> others(List<Hold> holds) {
    return holds.stream()
        .map(hold -> TOKEN.matcher(hold.token()))
        .filter(Matcher::matches)
        .map(matcher -> Long.valueOf(matcher.group(1)))
        .filter(pid -> pid != ProcessHandle.current().pid() && ProcessHandle.of(pid).isPresent())
        .toList();
  }

  /** Leaves it: the postcopy waits for another source. */
  void keep() {
    taken = false;
  }

  /** The postcopy has come to its end: those who began it need the point no more. */
  void end() {
    ended = true;
  }

  /** Lets it go, and at the end of a postcopy those of its sources that were killed. */
  @Override
  public void close() {
    if (!taken) {
      return;
    }
    taken = false;
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
        && matcher.matches()
        && ProcessHandle.of(Long.parseLong(matcher.group(1))).isEmpty();
  }
}
