package dev.cairn.tests.faults;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.util.HashSet;
import java.util.Set;

/** Counts the calls that can fail in one way, and lets the n-th fail. Thread-safe. */
final class Faults {
  /** What is about to be done. */
  enum Call {
    OPEN,
    CREATE,
    WRITE,
    READ,
    SYNC_FILE,
    SYNC_DIRECTORY,
    RENAME,
    LINK,
    DELETE,
    MAKE_DIRECTORY,
    OPEN_DIRECTORY,
    LOCK
  }

  private final Kind kind;
  private long left;
  private long seen;
  private boolean struck;
  private boolean full;
  private String where = "";
  private final Set<String> unsyncable = new HashSet<>();

  /**
   * @param call which call fails, from 1 on; the disk stays full from then on
   */
  Faults(Kind kind, long call) {
    this.kind = kind;
    this.left = call;
  }

  Kind kind() {
    return kind;
  }

  synchronized boolean hasStruck() {
    return struck;
  }

  /** Returns how many calls could have failed in this way. */
  synchronized long seen() {
    return seen;
  }

  /** Returns which call failed. */
  synchronized String where() {
    return where;
  }

  /** A directory's sync has failed: whoever opens it anew in this process does not mend that. */
  synchronized void loseSync(String directory) {
    unsyncable.add(directory);
  }

  synchronized void requireSyncable(String directory) throws IOException {
    if (unsyncable.contains(directory)) {
      throw new IOException(directory + ": an earlier sync failed");
    }
  }

  /** Something was deleted: there is room again. */
  synchronized void freed() {
    full = false;
  }

  private boolean concerns(Call call) {
    return switch (kind) {
      case DISK_FULL ->
          switch (call) {
            case CREATE, WRITE, RENAME, LINK, MAKE_DIRECTORY -> true;
            case OPEN, READ, SYNC_FILE, SYNC_DIRECTORY, DELETE, OPEN_DIRECTORY, LOCK -> false;
          };
      case CHANGE_FAILS ->
          switch (call) {
            case CREATE, WRITE, RENAME, LINK, DELETE, MAKE_DIRECTORY -> true;
            case OPEN, READ, SYNC_FILE, SYNC_DIRECTORY, OPEN_DIRECTORY, LOCK -> false;
          };
      case READ_FAILS, SHORT_READ -> call == Call.READ;
      case SHORT_WRITE -> call == Call.WRITE;
      case NO_DESCRIPTOR ->
          switch (call) {
            case OPEN, CREATE, MAKE_DIRECTORY, OPEN_DIRECTORY, LOCK -> true;
            case WRITE, READ, SYNC_FILE, SYNC_DIRECTORY, RENAME, LINK, DELETE -> false;
          };
      case SYNC_FAILS -> call == Call.SYNC_FILE || call == Call.SYNC_DIRECTORY;
    };
  }

  /** Counts a call; tells whether it is to fail. */
  synchronized boolean strikes(Call call, String path) {
    if (!concerns(call)) {
      return false;
    }
    seen++;
    if (full && call != Call.RENAME) {
      return true;
    }
    if (--left != 0) {
      return false;
    }
    struck = true;
    full = kind == Kind.DISK_FULL;
    where = call + " " + path;
    return true;
  }

  /** Fails if it is the call's turn. */
  void before(Call call, String path) throws IOException {
    if (strikes(call, path)) {
      throw failure(path);
    }
  }

  IOException failure(String path) {
    return new FileSystemException(path, null, kind.says);
  }
}
