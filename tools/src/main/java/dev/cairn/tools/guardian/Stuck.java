package dev.cairn.tools.guardian;

import java.io.IOException;

/** The capture that may be stuck, and hold QMP. */
interface Stuck {
  /** Nobody: a rescue by hand kills no process. */
  Stuck NOBODY = () -> false;

  /**
   * Kills it, if it lives.
   *
   * @return false if there is nothing to kill
   */
  boolean kill() throws IOException;
}
