package dev.cairn.tools.migration;

/** The bare be32 messages of QEMU's checkpoint protocol. */
public final class ColoMessage {
  public static final int CHECKPOINT_READY = 0;
  public static final int CHECKPOINT_REQUEST = 1;
  public static final int CHECKPOINT_REPLY = 2;
  public static final int VMSTATE_SEND = 3;
  public static final int VMSTATE_SIZE = 4;
  public static final int VMSTATE_RECEIVED = 5;
  public static final int VMSTATE_LOADED = 6;

  private ColoMessage() {}
}
