package dev.cairn.tools.guardian;

/**
 * The bytes between a capture and its guardian. Heartbeat, one way, by standard input; the control
 * socket both ways.
 */
final class ControlMessage {
  /** Heartbeat: bytes are being taken. */
  static final byte BEAT = 'B';

  /** Heartbeat: the guest runs. */
  static final byte RUNS = 'R';

  /** Heartbeat: all is put back. */
  static final byte QUIT = 'Q';

  /** Control, of the guardian: it watches. */
  static final byte READY = 'H';

  /** Control, of the capture: a migration socket comes with this byte. */
  static final byte SOCKET = 'S';

  /** Control, of the capture: answer, if you are awake. */
  static final byte ASK = 'P';

  /** Control, of the guardian: the answer to both. */
  static final byte ANSWER = 'A';

  private ControlMessage() {}
}
