package dev.cairn.tools.capture;

import dev.cairn.store.RefusedException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * A mode, and what can be expected of it. Immutable.
 *
 * @param word as {@code --mode} has it
 * @param why it is chosen, or what is against it
 * @param pause that is to be expected, in words
 * @param shortest interval that can be held
 */
record ModeChoice(String word, String why, String pause, Duration shortest) {
  static final String AUTO = "auto";

  /** Seen with 10.0.2 and 11.1.3: the rate of a first stream, bytes a second. */
  private static final long STREAM_RATE = 300L << 20;

  /** Bytes a second that are compared, at least: half of what two cores did. */
  private static final long COMPARE_RATE = 1L << 30;

  private static final Duration LEAST = Duration.ofMillis(100);

  /** Which memory of the guest lies in files that others may open. */
  enum Shared {
    /** None. */
    NONE,
    /** Some does, and all of that in files with names: QEMU can leave it out of a stream. */
    NAMED,
    /** Some does in files without names, too. */
    UNNAMED
  }

  /**
   * What modes depend on. Immutable.
   *
   * @param version such as 11.1.3
   * @param kvm whether the accelerator is KVM
   * @param colo whether QEMU knows the capability x-colo
   * @param ramBytes of the guest
   * @param shared which of it is shared
   */
  record Facts(String version, boolean kvm, boolean colo, long ramBytes, Shared shared) {
    int major() {
      return part(0);
    }

    int minor() {
      return part(1);
    }

    int micro() {
      return part(2);
    }

    private int part(int index) {
      String[] parts = version.split("\\.", -1);
      try {
        return index < parts.length ? Integer.parseInt(parts[index]) : 0;
      } catch (NumberFormatException e) {
        return 0;
      }
    }

    /** Tells whether this QEMU ends the return path before checkpoints begin. */
    boolean shutFirst() {
      return major() >= 11;
    }
  }

  /**
   * Returns the modes to try, the best one first.
   *
   * @param wanted as {@code --mode} has it; another one than {@code auto} is the only one
   * @param maxPause {@code --max-pause}
   * @throws RefusedException if the wanted one cannot be, or would stop the guest for ever
   */
  static List<ModeChoice> of(String wanted, Facts facts, Duration maxPause)
      throws RefusedException {
    List<ModeChoice> choices = new ArrayList<>();
    String against = againstColo(facts);
    String againstShared = againstShared(facts, maxPause);
    if (wanted.equals(SharedMode.WORD)) {
      if (facts.shared() == Shared.NONE) {
        throw new RefusedException("--mode shared: " + againstShared + "; use --mode stream");
      }
      choices.add(shared(facts, againstShared.isEmpty() ? "it was asked for" : againstShared));
    }
    if (wanted.equals(ColoMode.WORD)) {
      if (!facts.colo() || (!facts.kvm() && facts.major() < 11 && !isBroken(facts))) {
        throw new RefusedException("--mode colo: " + against + "; use --mode stream");
      }
      choices.add(colo(against.isEmpty() ? "it was asked for" : against));
    } else if (wanted.equals(AUTO) && against.isEmpty()) {
      choices.add(colo("QEMU " + facts.version() + " sends only what was written since"));
    }
    if (wanted.equals(AUTO) && againstShared.isEmpty()) {
      choices.add(shared(facts, against.isEmpty() ? "its memory is shared" : against));
    }
    if (wanted.equals(StreamMode.WORD) || wanted.equals(AUTO)) {
      choices.add(stream(facts, wanted.equals(AUTO) ? against : "it was asked for"));
    }
    return choices;
  }

  private static ModeChoice colo(String why) {
    return new ModeChoice(
        ColoMode.WORD, why, "2 to 20 ms, and about 1.5 ms for each MiB written since", LEAST);
  }

  private static Duration comparison(Facts facts) {
    return Duration.ofMillis(facts.ramBytes() * 1000 / COMPARE_RATE);
  }

  private static ModeChoice shared(Facts facts, String why) {
    Duration all = comparison(facts);
    String how =
        facts.shared() == Shared.NAMED
            ? "its memory is compared while a migration that leaves it out waits"
            : "its memory is compared while it is stopped";
    return new ModeChoice(
        SharedMode.WORD,
        why,
        "2 to " + (5 + all.toMillis()) + " ms: " + how,
        all.multipliedBy(2).plus(LEAST));
  }

  /** Tells what is against shared; empty if nothing is. */
  private static String againstShared(Facts facts, Duration maxPause) {
    if (facts.shared() == Shared.NONE) {
      return "no memory of this QEMU is shared (memory-backend-file or memory-backend-memfd with"
          + " share=on)";
    }
    Duration all = comparison(facts);
    return all.multipliedBy(2).compareTo(maxPause) > 0
        ? "to compare its memory may take "
            + all.toMillis()
            + " ms, more than half of --max-pause ("
            + maxPause.toMillis()
            + " ms)"
        : "";
  }

  private static ModeChoice stream(Facts facts, String why) {
    Duration all = Duration.ofMillis(facts.ramBytes() * 1000 / STREAM_RATE);
    return new ModeChoice(
        StreamMode.WORD,
        why.isEmpty() ? "it works with any QEMU" : why,
        "5 to 50 ms, or as --max-pause allows where much is written",
        all.plus(LEAST));
  }

  /** Tells what is against colo; empty if nothing is. */
  private static String againstColo(Facts facts) {
    if (!facts.colo()) {
      return "this QEMU was built without checkpoints (x-colo)";
    }
    if (facts.major() >= 11) {
      return "";
    }
    if (isBroken(facts)) {
      return "QEMU " + facts.version() + " does not begin to take checkpoints (10.0.7 does)";
    }
    if (!facts.kvm()) {
      return "without KVM, QEMU "
          + facts.version()
          + " stops at its first checkpoint (11 does not)";
    }
    boolean tested = facts.major() < 10 || facts.minor() == 0;
    return tested ? "" : "checkpoints of QEMU " + facts.version() + " were never tried";
  }

  private static boolean isBroken(Facts facts) {
    return facts.major() == 10 && facts.minor() == 0 && facts.micro() < 7;
  }
}
