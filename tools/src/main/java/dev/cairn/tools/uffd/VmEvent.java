package dev.cairn.tools.uffd;

/** What becomes of a VM. Immutable. */
sealed interface VmEvent {
  /**
   * It is served from now on.
   *
   * @param pid of who handed it over
   * @param again whether another server had begun
   */
  record Began(long pid, Mappings mappings, boolean again) implements VmEvent {}

  /** All of its memory was given. */
  record Whole() implements VmEvent {}

  /** A unit cannot be given, and whoever touches it waits. */
  record Stuck(String why) implements VmEvent {}

  /** Its client is gone. */
  record Gone() implements VmEvent {}

  /** What its client handed over is not taken. */
  record Refused(String why) implements VmEvent {}

  /** It waits for the next server. */
  record Left() implements VmEvent {}

  /** It cannot be served any more, and waits for the next server. */
  record Failed(String why) implements VmEvent {}

  /** Tells whether it is the last one. */
  default boolean isEnd() {
    return switch (this) {
      case Began _, Whole _, Stuck _ -> false;
      case Gone _, Refused _, Left _, Failed _ -> true;
    };
  }
}
