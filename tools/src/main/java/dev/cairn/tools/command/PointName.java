package dev.cairn.tools.command;

import dev.cairn.chain.Chain;
import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.ChainSnapshot.RestorePoint;
import dev.cairn.chain.PointText;
import java.io.IOException;

/**
 * A restore point as a person names it: {@code CHAIN@N}, {@code CHAIN@latest}, {@code CHAIN},
 * {@code CHAIN@LABEL} or {@code CHAIN@TIME}. Immutable.
 *
 * @param chain name of the chain
 * @param which what stands behind the at sign; {@code latest} if there is none
 */
record PointName(String chain, String which) {
  static PointName parse(String text) {
    int at = text.indexOf('@');
    if (at == 0 || at == text.length() - 1) {
      throw new UsageException(
          "point '" + text + "': expected CHAIN@N, CHAIN@latest, CHAIN@LABEL or CHAIN@TIME");
    }
    return at < 0
        ? new PointName(text, "latest")
        : new PointName(text.substring(0, at), text.substring(at + 1));
  }

  /** Finds the point's number in the chain as it is now. */
  long number(Chain open) throws IOException {
    try (ChainSnapshot snapshot = open.snapshot()) {
      return find(snapshot).checkpoint();
    }
  }

  /** Finds the point: a number, then a label (the newest that has it), then a time. */
  RestorePoint find(ChainSnapshot snapshot) throws IOException {
    return PointText.find(snapshot, which);
  }
}
