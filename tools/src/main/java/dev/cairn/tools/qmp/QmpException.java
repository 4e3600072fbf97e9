package dev.cairn.tools.qmp;

import java.io.IOException;

/** QEMU refused a command. Immutable. */
public final class QmpException extends IOException {
  private static final long serialVersionUID = 1;

  private final String command;
  private final String errorClass;
  private final String description;

  /** Keeps what QEMU said. */
  public QmpException(String command, String errorClass, String description) {
    super("QEMU refuses " + command + ": " + description);
    this.command = command;
    this.errorClass = errorClass;
    this.description = description;
  }

  public String command() {
    return command;
  }

  /** Returns QEMU's class of the error, such as {@code GenericError} or {@code CommandNotFound}. */
  public String errorClass() {
    return errorClass;
  }

  public String description() {
    return description;
  }
}
