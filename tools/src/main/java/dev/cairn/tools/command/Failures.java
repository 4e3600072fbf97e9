package dev.cairn.tools.command;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.List;

/** What failed of single chains while a command goes on with the others. Not thread-safe. */
final class Failures {
  private final Console console;
  private final List<String> chains = new ArrayList<>();
  private int exit = ExitCodes.DONE;

  Failures(Console console) {
    this.console = console;
  }

  /**
   * Tells of a failure and takes note of it.
   *
   * @throws InterruptedIOException if that is what it is: nothing goes on then
   */
  void add(String chain, IOException failure) throws InterruptedIOException {
    if (failure instanceof InterruptedIOException interrupted) {
      throw interrupted;
    }
    console.error(failure);
    chains.add(chain);
    int code = ExitCodes.of(failure);
    if (exit == ExitCodes.DONE || code == ExitCodes.CORRUPT) {
      exit = code;
    }
  }

  List<String> chains() {
    return List.copyOf(chains);
  }

  /** Returns the exit code: corruption if there was any, else that of the first failure. */
  int exit() {
    return exit;
  }
}
