package dev.cairn.merge.policy;

import java.util.OptionalLong;

/**
 * Says when the base image moves forward into a new file: when half of its pages are unseen by
 * every retained point. Immutable.
 */
public record BasePolicy() {
  /**
   * Returns the checkpoint that the base moves up to, the oldest retained one; empty if it stays.
   * The new base makes every version at or below that checkpoint superfluous in the layers.
   */
  public OptionalLong moveTo(BaseUse base) {
    boolean due =
        base.oldestRetained() > base.checkpoint()
            && base.unseenPages() > 0
            && base.unseenPages() >= base.pages() - base.unseenPages();
    return due ? OptionalLong.of(base.oldestRetained()) : OptionalLong.empty();
  }
}
