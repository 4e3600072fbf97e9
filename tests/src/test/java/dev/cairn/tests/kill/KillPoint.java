package dev.cairn.tests.kill;

/**
 * A place in the midst of a task, between two calls of the directory. What a call is called: {@link
 * PointWatch}.
 */
public enum KillPoint {
  LAYER_CREATED(Task.CHECKPOINT, "CREATE tmp", "WRITE tmp"),
  LAYER_HALF_WRITTEN(Task.CHECKPOINT, "WRITE tmp", "WRITE tmp"),
  LAYER_WRITTEN(Task.CHECKPOINT, "WRITE tmp", "SYNC_FILE tmp"),
  LAYER_SYNCED(Task.CHECKPOINT, "", "RENAME layer"),
  LAYER_RENAMED(Task.CHECKPOINT, "RENAME layer", "SYNC_DIRECTORY chain"),
  LAYER_DURABLE(Task.CHECKPOINT, "SYNC_DIRECTORY chain", "CREATE MANIFEST.tmp"),
  MANIFEST_CREATED(Task.CHECKPOINT, "CREATE MANIFEST.tmp", "WRITE MANIFEST.tmp"),
  MANIFEST_WRITTEN(Task.CHECKPOINT, "WRITE MANIFEST.tmp", "SYNC_FILE MANIFEST.tmp"),
  MANIFEST_SYNCED(Task.CHECKPOINT, "SYNC_FILE MANIFEST.tmp", "RENAME MANIFEST"),
  MANIFEST_RENAMED(Task.CHECKPOINT, "RENAME MANIFEST", "SYNC_DIRECTORY chain"),
  MANIFEST_DURABLE(Task.CHECKPOINT, "SYNC_DIRECTORY chain", "CREATE spare"),
  SPARE_CREATED(Task.CHECKPOINT, "CREATE spare", "WRITE spare"),
  SPARE_WRITTEN(Task.CHECKPOINT, "WRITE spare", "RENAME MANIFEST.spare"),

  MERGED_HALF_WRITTEN(Task.MERGE, "WRITE tmp", "WRITE tmp"),
  MERGED_WRITTEN(Task.MERGE, "WRITE tmp", "SYNC_FILE tmp"),
  MERGED_SYNCED(Task.MERGE, "", "RENAME layer"),
  MERGED_RENAMED(Task.MERGE, "RENAME layer", "SYNC_DIRECTORY chain"),
  MERGED_MANIFEST_WRITTEN(Task.MERGE, "WRITE MANIFEST.tmp", "SYNC_FILE MANIFEST.tmp"),
  MERGED_MANIFEST_SYNCED(Task.MERGE, "SYNC_FILE MANIFEST.tmp", "RENAME MANIFEST"),
  MERGED_MANIFEST_RENAMED(Task.MERGE, "RENAME MANIFEST", "SYNC_DIRECTORY chain"),

  BASE_HALF_WRITTEN(Task.MOVE_BASE, "WRITE tmp", "WRITE tmp"),
  BASE_WRITTEN(Task.MOVE_BASE, "WRITE tmp", "SYNC_FILE tmp"),
  BASE_SYNCED(Task.MOVE_BASE, "", "RENAME base"),
  BASE_RENAMED(Task.MOVE_BASE, "RENAME base", "SYNC_DIRECTORY chain"),
  BASE_MANIFEST_SYNCED(Task.MOVE_BASE, "SYNC_FILE MANIFEST.tmp", "RENAME MANIFEST"),
  BASE_MANIFEST_RENAMED(Task.MOVE_BASE, "RENAME MANIFEST", "SYNC_DIRECTORY chain"),
  BASE_COMMITTED_NOT_EXPIRED(Task.MOVE_BASE, "RENAME MANIFEST.spare", "EXPIRE file"),
  BASE_HALF_EXPIRED(Task.MOVE_BASE, "EXPIRE file", "EXPIRE file"),

  PAGES_HALF_WRITTEN(Task.PACK, "WRITE tmp", "WRITE tmp"),
  PAGES_WRITTEN(Task.PACK, "WRITE tmp", "SYNC_FILE tmp"),
  PAGES_SYNCED_LAYER_BEGUN(Task.PACK, "SYNC_FILE tmp", "CREATE tmp"),
  PACK_SYNCED(Task.PACK, "", "RENAME pages"),
  PACK_HALF_RENAMED(Task.PACK, "RENAME pages", "RENAME layer"),
  PACK_RENAMED(Task.PACK, "RENAME layer", "SYNC_DIRECTORY chain"),
  PACK_MANIFEST_RENAMED(Task.PACK, "RENAME MANIFEST", "SYNC_DIRECTORY chain"),
  PACK_COMMITTED_NOT_EXPIRED(Task.PACK, "RENAME MANIFEST.spare", "EXPIRE file"),
  PACK_HALF_EXPIRED(Task.PACK, "EXPIRE file", "EXPIRE file"),

  FORGET_MANIFEST_SYNCED(Task.FORGET, "SYNC_FILE MANIFEST.tmp", "RENAME MANIFEST"),
  FORGET_MANIFEST_RENAMED(Task.FORGET, "RENAME MANIFEST", "SYNC_DIRECTORY chain"),
  PIN_MANIFEST_SYNCED(Task.PIN, "SYNC_FILE MANIFEST.tmp", "RENAME MANIFEST"),
  PIN_MANIFEST_RENAMED(Task.PIN, "RENAME MANIFEST", "SYNC_DIRECTORY chain"),
  HOLD_MANIFEST_RENAMED(Task.HOLD, "RENAME MANIFEST", "SYNC_DIRECTORY chain"),
  RELEASE_MANIFEST_RENAMED(Task.RELEASE, "RENAME MANIFEST", "SYNC_DIRECTORY chain"),

  FORK_STAGE_MADE(Task.FORK, "MAKE_DIRECTORY stage", "LINK file"),
  FORK_HALF_LINKED(Task.FORK, "LINK file", "LINK file"),
  FORK_LINKED(Task.FORK, "LINK file", "CREATE MANIFEST.tmp"),
  FORK_MANIFEST_SYNCED(Task.FORK, "SYNC_FILE MANIFEST.tmp", "RENAME MANIFEST"),
  FORK_WHOLE_NOT_NAMED(Task.FORK, "RENAME MANIFEST.spare", "RENAME_DIRECTORY fork"),
  FORK_NAMED(Task.FORK, "RENAME_DIRECTORY fork", "SYNC_DIRECTORY chains"),
  FORK_SWEEPS_STAGE(Task.FORK, "DELETE inner", "DELETE_DIRECTORY stage"),

  SWEEP_BEGUN(Task.SWEEP, "SYNC_DIRECTORY chain", "DELETE any"),
  SWEEP_HALF_DONE(Task.SWEEP, "DELETE any", "DELETE any"),

  SNAPSHOT_HALF_OPEN(Task.READ, "OPEN file", "OPEN file");

  private final Task task;
  private final String after;
  private final String before;

  /**
   * @param after the call just done; empty for any
   * @param before the call that is not done any more
   */
  KillPoint(Task task, String after, String before) {
    this.task = task;
    this.after = after;
    this.before = before;
  }

  Task task() {
    return task;
  }

  /** Tells whether a process that has done one call, and is to do another, is there. */
  boolean lies(String done, String next) {
    return (after.isEmpty() || after.equals(done)) && before.equals(next);
  }
}
