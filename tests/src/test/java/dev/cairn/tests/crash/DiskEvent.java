package dev.cairn.tests.crash;

import java.lang.foreign.MemorySegment;

/**
 * One change of a disk, or what was promised of it. Files and directories go by numbers, as inodes
 * do: names come and go. Immutable.
 */
sealed interface DiskEvent {
  /** A change of what a directory names; lost unless the directory is synced after it. */
  sealed interface Naming extends DiskEvent {
    int directory();
  }

  /** A file was created, or got another name. */
  record Enter(int directory, String name, int file) implements Naming {}

  record Leave(int directory, String name) implements Naming {}

  record Rename(int directory, String from, String to, int file) implements Naming {}

  record RenameDirectory(int directory, String from, String to, int moved) implements Naming {}

  record LeaveDirectory(int directory, String name) implements Naming {}

  /** Durable at once: whoever makes a directory syncs its parent, says the seam's contract. */
  record MakeDirectory(int directory, String name, int made) implements DiskEvent {}

  record SyncDirectory(int directory) implements DiskEvent {}

  /** Lost, whole or in part, unless the file is synced after it. */
  record Write(int file, long offset, MemorySegment data) implements DiskEvent {}

  record SyncFile(int file) implements DiskEvent {}

  /** From here on, somebody relies on the n-th model of the history, or a later one. */
  record Acknowledged(int model) implements DiskEvent {}
}
