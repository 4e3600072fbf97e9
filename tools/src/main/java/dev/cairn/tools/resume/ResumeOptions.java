package dev.cairn.tools.resume;

import dev.cairn.tools.migration.Address;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What somebody wants of a resume. Immutable.
 *
 * @param to where the destination listens; nothing: a private socket, which needs QMP
 * @param qmp of the destination
 * @param exec command that starts the destination; empty if there is one
 * @param mode how the memory goes
 * @param start what the guest does then
 * @param isClone a second machine beside the first
 * @param forceMachine go on where the machine is another one than the point's
 * @param security of the connection to the destination
 * @param bytesPerSecond of pages that no postcopy has asked for; 0 for as many as can be
 */
public record ResumeOptions(
    Optional<Address> to,
    Optional<Path> qmp,
    List<String> exec,
    Mode mode,
    Start start,
    boolean isClone,
    boolean forceMachine,
    Security security,
    long bytesPerSecond) {
  /** How the memory goes. */
  public enum Mode {
    /** All of it before the guest runs. */
    PRECOPY,
    /** The guest runs at once, pages come as it touches them. */
    POSTCOPY,
    /** As postcopy, which another source has begun. */
    RECOVER
  }

  /** What the guest does when all is there. */
  public enum Start {
    /** What it did when the point was taken. */
    AS_STORED,
    PAUSED,
    RUNNING
  }

  public ResumeOptions {
    exec = List.copyOf(exec);
  }
}
