package dev.cairn.tools.uffd;

import java.nio.file.Path;
import java.util.Map;

/** What a server has to tell. Immutable. */
public sealed interface DoorEvent {
  /**
   * Clients can come.
   *
   * @param vms that a server before this one had
   */
  record Listening(Path socket, int vms) implements DoorEvent {}

  /**
   * A VM is served.
   *
   * @param again whether a server before this one had begun
   */
  record Began(long vm, long pid, long bytes, int regions, boolean again) implements DoorEvent {}

  /** All memory of a VM was given. */
  record Whole(long vm) implements DoorEvent {}

  /** Something of a VM cannot be given: who touches it waits. */
  record Stuck(long vm, String why) implements DoorEvent {}

  /** A client is not taken. */
  record Refused(long vm, String why) implements DoorEvent {}

  /**
   * A VM is not served any more.
   *
   * @param gone whether its client is; else it waits for the next server
   * @param why it is not served, if that is a failure; else empty
   * @param text what was done for it, in words
   * @param numbers the same for machines
   */
  record Ended(long vm, boolean gone, String why, String text, Map<String, Object> numbers)
      implements DoorEvent {}

  /** A person should know. */
  record Warning(String text) implements DoorEvent {}
}
