package dev.cairn.tools.migration;

import java.io.IOException;

/**
 * The return path: what a destination says to its source. Messages as values; {@link #read} for a
 * source. A destination writes {@link #shut} and {@link #pong}.
 */
public final class ReturnPath {
  /** One message. */
  public sealed interface Message {}

  /** The destination has ended: 0 is success. */
  public record Shut(long value) implements Message {}

  /** The answer to a PING. */
  public record Pong(long value) implements Message {}

  /**
   * The destination needs pages.
   *
   * @param block name; of the last request that named one, if this one does not
   * @param start first byte
   * @param length in bytes
   */
  public record Request(String block, long start, long length) implements Message {}

  /**
   * Which pages of a block have come.
   *
   * @param received bit i is page i, in words of 64
   */
  @SuppressWarnings("ArrayRecordComponent")
  public record Received(String block, long[] received) implements Message {}

  /** The destination goes on after an interruption. */
  public record ResumeAck(long value) implements Message {}

  /** The destination agrees to the switch-over. */
  public record SwitchoverAck() implements Message {}

  private final StreamInput in;
  private String lastBlock = "";

  /** Reads messages from there. */
  public ReturnPath(StreamInput in) {
    this.in = in;
  }

  /** Reads the next message. */
  public Message read() throws IOException {
    return new Request(lastBlock, in.be64("start"), in.be32("length"));
  }

  /** Returns the bytes of a SHUT. */
  public static byte[] shut(int value) {
    return new byte[] {0, 1, 0, 4, 0, 0, 0, (byte) value};
  }

  /** Returns the bytes of a PONG. */
  public static byte[] pong(int value) {
    return new byte[] {0, 1, 0, 4, 0, 0, 0, (byte) value};
  }
}
