package dev.cairn.tools.command;

import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;

/** Makes timers that do nothing any more when they are closed. Stateless. */
final class Timers {
  private Timers() {}

  static ScheduledThreadPoolExecutor of(ThreadFactory threads) {
    ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1, threads);
    timer.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    timer.setRemoveOnCancelPolicy(true);
    return timer;
  }

  /** Returns one of a daemon. */
  static ScheduledThreadPoolExecutor daemon() {
    return of(Thread.ofPlatform().daemon().name("cairn-timer").factory());
  }
}
