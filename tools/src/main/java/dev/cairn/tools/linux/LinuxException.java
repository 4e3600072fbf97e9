package dev.cairn.tools.linux;

import java.io.IOException;
import java.io.Serial;

/** The kernel refused a call, or does not have it. */
public final class LinuxException extends IOException {
  @Serial private static final long serialVersionUID = 1;

  /**
   * Says which call failed and why.
   *
   * @param call as in its man page
   * @param errno positive
   */
  public LinuxException(String call, int errno) {
    super(call + ": " + text(errno));
  }

  /** Returns the result of a call. */
  static long check(String call, long result) throws LinuxException {
    if (result < 0) {
      throw new LinuxException(call, (int) -result);
    }
    return result;
  }

  private static String text(int errno) {
    return switch (errno) {
      case 1 -> "operation not permitted";
      case 2 -> "not there";
      case 3 -> "no such process";
      case 12 -> "out of memory";
      case 13 -> "permission denied";
      case 22, 25, 38, 95 -> "this kernel does not have it (errno " + errno + ")";
      default -> "errno " + errno;
    };
  }
}
