package dev.cairn.store.io;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * Owns what one simulated process has open: it can be killed, which closes everything without a
 * word. Guarded by the file system's monitor.
 */
final class MemoryProcess {
  /** What ends with the process. */
  @FunctionalInterface
  interface Handle {
    void release();
  }

  final MemoryFileSystem system;
  private final String name;
  private final Set<Handle> handles = new LinkedHashSet<>();
  private boolean killed;

  MemoryProcess(MemoryFileSystem system, String name) {
    this.system = system;
    this.name = name;
  }

  void check() throws IOException {
    synchronized (system) {
      if (killed) {
        throw new IOException("process " + name + " was killed");
      }
    }
  }

  void add(Handle handle) {
    synchronized (system) {
      handles.add(handle);
    }
  }

  /** Releases a handle, once. */
  void release(Handle handle) {
    synchronized (system) {
      if (handles.remove(handle)) {
        handle.release();
      }
    }
  }

  void kill() {
    synchronized (system) {
      killed = true;
      Deque<Handle> open = new ArrayDeque<>(handles);
      open.forEach(this::release);
      system.notifyAll();
    }
  }
}
