package dev.cairn.transport.pages;

import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Pages that are waited for, and which sources were asked for them: until they are here. Guarded by
 * its {@link PageAsker}.
 */
final class PageAsk {
  private static final long FIRST_PAUSE = TimeUnit.SECONDS.toNanos(1);
  private static final long LONGEST_PAUSE = TimeUnit.SECONDS.toNanos(30);
  private static final long RELINK = TimeUnit.MILLISECONDS.toNanos(50);

  private final int block;
  private final long page;
  private final int count;

  /** Those that are being asked. */
  private final Set<PageSource> outstanding = new HashSet<>();

  /** Those that said no, or were wrong. */
  private final Set<PageSource> refusing = new HashSet<>();

  private PageTrace.Why why = PageTrace.Why.WANTED;
  private long askedAt;
  private long notBefore;
  private long pause = FIRST_PAUSE;

  PageAsk(int block, long page, int count, long now) {
    this.block = block;
    this.page = page;
    this.count = count;
    this.askedAt = now;
    this.notBefore = now;
  }

  int block() {
    return block;
  }

  long page() {
    return page;
  }

  int count() {
    return count;
  }

  /** Returns why it is asked next. */
  PageTrace.Why why() {
    return why;
  }

  /** Tells whether nobody is being asked, and it is time. */
  boolean isIdle(long now) {
    return outstanding.isEmpty() && now - notBefore >= 0;
  }

  /** Tells whether somebody is being asked for so long that another one is, too. */
  boolean isSlow(long now, long slowNanos) {
    return !outstanding.isEmpty() && now - askedAt > slowNanos;
  }

  boolean wasAsked(PageSource source) {
    return outstanding.contains(source) || refusing.contains(source);
  }

  void asked(PageSource source, long now) {
    outstanding.add(source);
    askedAt = now;
  }

  /** A source is gone: its answer will not come. */
  void lost(PageSource source) {
    refusing.remove(source);
    if (outstanding.remove(source)) {
      why = PageTrace.Why.LOST;
    }
  }

  /** A link was lost, perhaps not its source: which is asked again when there is a link. */
  void lost(PageSource source, long now) {
    if (outstanding.remove(source)) {
      why = PageTrace.Why.LOST;
      notBefore = now + RELINK;
    }
  }

  /**
   * A source said no, or was wrong.
   *
   * @param running sources; if all refuse, they are asked again after a while
   */
  void refused(PageSource source, long now, int running) {
    outstanding.remove(source);
    refusing.add(source);
    why = PageTrace.Why.REFUSED;
    if (refusing.size() >= running && outstanding.isEmpty()) {
      refusing.clear();
      notBefore = now + pause;
      pause = Math.min(2 * pause, LONGEST_PAUSE);
    }
  }
}
