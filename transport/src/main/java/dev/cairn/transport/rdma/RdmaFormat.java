package dev.cairn.transport.rdma;

/** Numbers of transport/PROTOCOL.md, RDMA. Constants only. */
final class RdmaFormat {
  private RdmaFormat() {}

  static final int BYTES = 0x70;
  static final int OFFER = 0x71;
  static final int RELEASE = 0x72;
  static final int END = 0x73;

  static final int KIND_AT = 0;
  static final int CREDITS_AT = 2;
  static final int RELEASED_AT = 4;
  static final int ZERO_AT = 6;
  static final int LENGTH_AT = 8;
  static final int RKEY_AT = 12;
  static final int HEAD_BYTES = 16;
  static final int ADDRESS_AT = HEAD_BYTES;
  static final int ADDRESS_BYTES = 8;

  /** Of bytes in one message. */
  static final int MOST_BYTES = 1_024;

  static final int BUFFER_BYTES = HEAD_BYTES + MOST_BYTES;

  /** Buffers for what the peer sends. */
  static final int BUFFERS = 64;

  /** Credits that only RELEASE may use. */
  static final int RESERVE = 8;

  static final int STAGES = 8;

  /** A frame and its header, and room for a preamble in front. */
  static final int STAGE_BYTES = 17 << 12;

  /** What is owed is told at once from so much on. */
  static final int MANY_CREDITS = 16;

  static final int MANY_STAGES = 4;

  static final int VERSION = 1;

  /** Returns the private data of connect and accept. */
  static byte[] greeting() {
    return new byte[] {'C', 'R', 'D', 'M', VERSION, 0};
  }

  /** Tells whether private data, padded as they may be, are those of this version. */
  static boolean isGreeting(byte[] data) {
    byte[] own = greeting();
    return data.length >= own.length
        && java.util.Arrays.equals(data, 0, own.length, own, 0, own.length);
  }

  /**
   * Tells whether private data can be what a cairn of this version answers: DiSNI's library, which
   * it may use, answers with none.
   */
  static boolean isAnswer(byte[] data) {
    boolean none = true;
    for (byte each : data) {
      none &= each == 0;
    }
    return none || isGreeting(data);
  }
}
