package dev.cairn.tools.migration;

import java.nio.ByteBuffer;
import java.util.List;

/** The bare be32 messages of QEMU's checkpoint protocol. */
public final class ColoMessage {
  public static final int CHECKPOINT_READY = 0;
  public static final int CHECKPOINT_REQUEST = 1;
  public static final int CHECKPOINT_REPLY = 2;
  public static final int VMSTATE_SEND = 3;

  /** Is followed by be64 and that many bytes. */
  public static final int VMSTATE_SIZE = 4;

  public static final int VMSTATE_RECEIVED = 5;
  public static final int VMSTATE_LOADED = 6;

  private static final List<String> NAMES =
      List.of(
          "CHECKPOINT_READY",
          "CHECKPOINT_REQUEST",
          "CHECKPOINT_REPLY",
          "VMSTATE_SEND",
          "VMSTATE_SIZE",
          "VMSTATE_RECEIVED",
          "VMSTATE_LOADED");

  private ColoMessage() {}

  /** Returns the name of a message, for errors. */
  public static String name(int message) {
    return message >= 0 && message < NAMES.size() ? NAMES.get(message) : "message " + message;
  }

  /** Returns the bytes of messages, one behind the other. */
  public static byte[] bytes(int... messages) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * messages.length);
    for (int message : messages) {
      bytes.putInt(message);
    }
    return bytes.array();
  }
}
