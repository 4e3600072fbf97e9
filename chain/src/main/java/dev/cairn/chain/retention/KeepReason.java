package dev.cairn.chain.retention;

/** Why a point is kept. */
public enum KeepReason {
  /** It is the newest point. */
  TIP("tip"),
  /** A user pinned it. */
  PINNED("pinned"),
  /** Somebody works with it. */
  HELD("held"),
  /** No rule was given. */
  NO_RULE("no rule"),
  /** {@code --keep-label} names its label. */
  LABEL("label"),
  /** {@code --keep-last}. */
  LAST("last"),
  /** {@code --keep-secondly}. */
  SECONDLY("secondly"),
  /** {@code --keep-minutely}. */
  MINUTELY("minutely"),
  /** {@code --keep-hourly}. */
  HOURLY("hourly"),
  /** {@code --keep-daily}. */
  DAILY("daily");

  private final String word;

  KeepReason(String word) {
    this.word = word;
  }

  /** Returns what a table shows for it. */
  public String word() {
    return word;
  }
}
