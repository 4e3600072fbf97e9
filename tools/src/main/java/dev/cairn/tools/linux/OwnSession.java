package dev.cairn.tools.linux;

import java.io.IOException;

/** Cuts a process off from the terminal and the job in which it was started. */
public final class OwnSession {
  private static final int SIGHUP = 1;
  private static final int SIGINT = 2;
  private static final int SIGTERM = 15;

  private OwnSession() {}

  /**
   * Makes this process the leader of a session of its own, without a terminal, and has it ignore
   * INT, TERM and HUP from now on: Ctrl-C does not reach it, and a hang-up does not end it.
   *
   * @throws LinuxException if it leads a process group already, as a shell's jobs do
   */
  public static void begin() throws IOException {
    for (int signal : new int[] {SIGINT, SIGTERM, SIGHUP}) {
      LinuxException.check("signal", LinuxCalls.ignoreSignal(signal));
    }
    long number = LinuxCalls.isX86() ? 112 : 157;
    LinuxException.check("setsid", LinuxCalls.syscall(number, 0, 0, 0));
  }
}
