package dev.cairn.transport.source;

import dev.cairn.transport.link.FailureException;
import dev.cairn.transport.wire.ErrorCode;

/** The same words for what is not there and what a receiver may not see. Stateless. */
final class Refusal {
  private Refusal() {}

  static FailureException noChain(String chain) {
    return FailureException.of(ErrorCode.NO_SUCH, "no chain " + chain + " that you may pull");
  }

  static FailureException noHold(String token) {
    return FailureException.of(ErrorCode.NO_SUCH, "no hold " + token + " of yours");
  }
}
