package dev.cairn.tests.kill;

import dev.cairn.store.io.HookedDirectory;
import dev.cairn.store.io.HookedDirectory.Call;
import java.io.IOException;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;

/**
 * Stands between a process and its directory, and stops it at a kill point, once a task. Safe for
 * use by several threads.
 *
 * <p>A call is called by what is done and by what it is done to: {@code RENAME layer}. A deletion
 * that follows the publication of a manifest is an {@code EXPIRE}, until the directory is listed
 * again, as a sweep does first.
 */
final class PointWatch implements HookedDirectory.Hook {
  /** Is told what a task comes to, and returns if it is to go on. */
  interface Listener {
    /** The task is at the point to which it was to go. */
    void at(KillPoint point);

    /** The task is about to change something, for the first time. */
    void changes();
  }

  private static final int MOST_DELAY_NANOS = 1_000_000;

  private final Listener listener;
  private final Random random;
  private Optional<KillPoint> armed = Optional.empty();
  private String done = "";
  private boolean published;
  private boolean within;
  private boolean changed;
  private boolean slow;

  PointWatch(Listener listener, Random random) {
    this.listener = listener;
    this.random = random;
  }

  /**
   * A task begins.
   *
   * @param point at which it is to stop
   * @param slow whether the disk is slow, so that the moment of a kill lies anywhere among its
   *     calls
   */
  synchronized void begin(Optional<KillPoint> point, boolean slow) {
    armed = point;
    this.slow = slow;
    done = "";
    published = false;
    changed = false;
    within = true;
  }

  synchronized void end() {
    armed = Optional.empty();
    slow = false;
    within = false;
  }

  /** Tells whether the task has changed anything. */
  synchronized boolean hasChanged() {
    return changed;
  }

  private void tell(Call call) {
    if (within && !changed && call.isMutating()) {
      changed = true;
      listener.changes();
    }
    if (slow && random.nextBoolean()) {
      LockSupport.parkNanos(random.nextInt(MOST_DELAY_NANOS));
    }
  }

  @Override
  public synchronized void before(Call call, String path) throws IOException {
    tell(call);
    if (call == Call.LIST) {
      published = false;
    }
    if (call == Call.OPEN_DIRECTORY_DONE || call == Call.LIST) {
      return;
    }
    String next = name(call, path);
    if (armed.isPresent() && armed.get().lies(done, next)) {
      KillPoint point = armed.get();
      armed = Optional.empty();
      listener.at(point);
    }
    boolean reads = armed.equals(Optional.of(KillPoint.SNAPSHOT_HALF_OPEN));
    if (call.isMutating() || reads) {
      done = next;
      published |= next.equals("RENAME MANIFEST");
    }
  }

  private String name(Call call, String path) {
    String[] parts = path.split("/", -1);
    String file = parts[parts.length - 1];
    boolean staged = parts.length > 1 && parts[parts.length - 2].startsWith(".");
    return switch (call) {
      case DELETE -> {
        if (staged) {
          yield "DELETE inner";
        }
        yield published ? "EXPIRE file" : "DELETE any";
      }
      case LINK, OPEN -> call + (isPublished(file) ? " file" : " " + file);
      case SYNC_DIRECTORY -> call + " " + directory(parts, staged);
      case MAKE_DIRECTORY, DELETE_DIRECTORY -> call + " stage";
      case RENAME_DIRECTORY -> call + " fork";
      default -> call + " " + kind(file);
    };
  }

  private static String directory(String[] parts, boolean staged) {
    if (staged) {
      return "stage";
    }
    return parts[parts.length - 2].equals("chains") ? "chains" : "chain";
  }

  private static boolean isPublished(String file) {
    return file.endsWith(".layer") || file.endsWith(".base") || file.endsWith(".pages");
  }

  private String kind(String file) {
    if (published && file.equals("MANIFEST.tmp")) {
      return "spare"; // what is written behind the manifest
    }
    return file.startsWith("MANIFEST") ? file : file.substring(file.lastIndexOf('.') + 1);
  }
}
