package dev.cairn.tools.qmp;

import java.io.IOException;

/** The connection to QEMU is gone: QEMU has ended, or has closed it, or we have. Immutable. */
public final class QmpLostException extends IOException {
  private static final long serialVersionUID = 1;

  public QmpLostException(String message) {
    super(message);
  }
}
