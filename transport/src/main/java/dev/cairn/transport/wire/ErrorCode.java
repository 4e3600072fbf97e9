package dev.cairn.transport.wire;

import java.util.Optional;

/** Why a request was not done. The numbers are those of the wire, for ever. */
public enum ErrorCode {
  /** It went wrong at the other side. */
  FAILED(1),
  /** It breaks the protocol, or asks for what cannot be. */
  CANNOT_BE(2),
  /** The other side has the chain only in part. */
  NOT_YET(3),
  /** What the other side has is damaged. */
  DAMAGED(4),
  /** A version, format, page size or codec that one side does not have. */
  VERSION(6),
  /** There is no such thing, or none that this peer may see. */
  NO_SUCH(10),
  /** Not new and no fast-forward, or somebody else is at it. */
  BUSY(11),
  /** The peer has no right to it. */
  NO_RIGHT(12),
  /** More than a peer may have at once. */
  TOO_MUCH(13);

  private final int number;

  ErrorCode(int number) {
    this.number = number;
  }

  /** Returns its number on the wire. */
  public int number() {
    return number;
  }

  /** Returns the code of that number. */
  public static Optional<ErrorCode> of(int number) {
    for (ErrorCode code : values()) {
      if (code.number == number) {
        return Optional.of(code);
      }
    }
    return Optional.empty();
  }
}
