package dev.cairn.tools.linux;

/** Whether somebody looks at a stream of this process. */
public final class Terminal {
  private static final int STANDARD_ERROR = 2;

  private Terminal() {}

  /** Tells whether standard error is a terminal, whatever the other streams are. */
  public static boolean isStandardError() {
    return LinuxCalls.isTerminal(STANDARD_ERROR);
  }
}
