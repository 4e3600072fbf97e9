package dev.cairn.tools.command;

import java.io.Serial;

/** The command line does not say what is to be done. Exit code 2. */
public final class UsageException extends RuntimeException {
  @Serial private static final long serialVersionUID = 1;

  public UsageException(String message) {
    super(message);
  }
}
