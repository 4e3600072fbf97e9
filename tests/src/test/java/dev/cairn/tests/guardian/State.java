package dev.cairn.tests.guardian;

/** Where a capture stands: the names of tools/QEMU.md. */
enum State {
  S0(Mode.STREAM, false),
  S1(Mode.STREAM, true),
  /** In the middle of what comes after the switch-over. */
  S2_HALF(Mode.STREAM, true),
  S2(Mode.STREAM, true),
  S3(Mode.STREAM, true),
  S4(Mode.STREAM, true),
  C0(Mode.COLO, false),
  C1(Mode.COLO, true),
  C2(Mode.COLO, true),
  /** Behind SHUT 0, before READY. */
  C2_SHUT(Mode.COLO, true),
  C3(Mode.COLO, true),
  C4(Mode.COLO, false),
  C5(Mode.COLO, false),
  C6(Mode.COLO, true),
  C7(Mode.COLO, true),
  C8(Mode.COLO, true),
  C9(Mode.COLO, true),
  /** Between two streams of stream mode: the migration before has ended. */
  BETWEEN(Mode.STREAM, false),
  /** In what is not left out of the migration of files with names. */
  H1(Mode.NAMED, true),
  /** Behind {@code stop}, where the memory has no name. */
  T1(Mode.UNNAMED, true),
  /** By {@code stop}, as shared mode may do. */
  STOPPED(Mode.STOPPED, true);

  /** How it captures; words as in the attach file. */
  enum Mode {
    STREAM("stream"),
    COLO("colo"),
    NAMED("shared"),
    UNNAMED("shared"),
    STOPPED("shared");

    private final String word;

    Mode(String word) {
      this.word = word;
    }

    String word() {
      return word;
    }
  }

  private final Mode mode;
  private final boolean clock;

  State(Mode mode, boolean clock) {
    this.mode = mode;
    this.clock = clock;
  }

  Mode mode() {
    return mode;
  }

  /** Tells whether the guardian's clock runs: the guest may be paused. */
  boolean clock() {
    return clock;
  }
}
