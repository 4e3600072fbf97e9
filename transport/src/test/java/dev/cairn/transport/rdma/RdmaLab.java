package dev.cairn.transport.rdma;

import dev.cairn.transport.verbs.RdmaLibrary;
import dev.cairn.transport.verbs.VerbsException;
import java.util.Objects;

/**
 * Whose calls of RDMA the mains of the lab make: the environment of its guest says it. Stateless.
 */
public final class RdmaLab {
  private RdmaLab() {}

  /** Returns its name. */
  public static String provider() {
    return Objects.requireNonNullElse(System.getenv("CAIRN_RDMA_PROVIDER"), RdmaLibrary.OWN);
  }

  /** Returns it. */
  public static RdmaLibrary library() throws VerbsException {
    return RdmaLibrary.open(provider());
  }
}
