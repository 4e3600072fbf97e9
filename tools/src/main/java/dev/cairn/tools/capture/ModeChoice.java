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

  private static final Duration LEAST = Duration.ofMillis(100);

  /**
   * What modes depend on. Immutable.
   *
   * @param version such as 11.1.3
   * @param kvm whether the accelerator is KVM
   * @param colo whether QEMU knows the capability x-colo
   * @param ramBytes of the guest
   */
  record Facts(String version, boolean kvm, boolean colo, long ramBytes) {
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
   * @throws RefusedException if the wanted one would stop the guest for ever
   */
  static List<ModeChoice> of(String wanted, Facts facts) throws RefusedException {
    List<ModeChoice> choices = new ArrayList<>();
    String against = againstColo(facts);
    if (wanted.equals(ColoMode.WORD)) {
      if (!facts.colo() || (!facts.kvm() && facts.major() < 11 && !isBroken(facts))) {
        throw new RefusedException("--mode colo: " + against + "; use --mode stream");
      }
      choices.add(colo(against.isEmpty() ? "it was asked for" : against));
    } else if (wanted.equals(AUTO) && against.isEmpty()) {
      choices.add(colo("QEMU " + facts.version() + " sends only what was written since"));
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
