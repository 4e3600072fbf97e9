package dev.cairn.tools.demo;

import dev.cairn.chain.PointView;
import dev.cairn.chain.RegionPlan;
import dev.cairn.store.file.Directory;
import dev.cairn.store.file.PageReader;
import dev.cairn.store.file.Versions;
import dev.cairn.tools.linux.AnonymousMemory;
import dev.cairn.tools.linux.UserFault;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Answers the page faults of a process out of a restore point, in a thread of its own. If it fails,
 * it lets the faults go: the process then runs on over zero pages, which its check finds.
 */
final class FaultServer implements Closeable {
  private static final int WAIT_MILLIS = 50;

  private final UserFault fault;
  private final long base;
  private final PointView view;
  private final Spoiler spoiler;
  private final Map<Long, RegionPlan> plans = new HashMap<>();
  private final ServiceTimes times = new ServiceTimes();
  private final Thread thread = Thread.ofPlatform().daemon().name("faults").unstarted(this::run);
  private volatile boolean stopped;
  private volatile @Nullable Exception failure;

  /**
   * Begins to answer.
   *
   * @param fault owned from now on
   * @param base address of the first page in the process
   * @param view of one block; outlives this
   */
  FaultServer(UserFault fault, long base, PointView view, Spoiler spoiler) {
    this.fault = fault;
    this.base = base;
    this.view = view;
    this.spoiler = spoiler;
  }

  void start() {
    thread.start();
  }

  /** Returns how long faults took from the kernel's message to the answer. */
  ServiceTimes times() {
    return times;
  }

  private void run() {
    try (fault;
        Arena arena = Arena.ofConfined();
        PageReader reader = new PageReader(AnonymousMemory.PAGE_BYTES, arena)) {
      MemorySegment buffer = arena.allocate(AnonymousMemory.PAGE_BYTES, AnonymousMemory.PAGE_BYTES);
      while (!stopped) {
        OptionalLong address = fault.nextFault(WAIT_MILLIS);
        if (address.isPresent()) {
          long start = System.nanoTime();
          boolean zero = answer(address.getAsLong(), reader, buffer);
          times.add(System.nanoTime() - start, zero);
        }
      }
    } catch (IOException | RuntimeException e) {
      failure = e;
    }
  }

  /** Returns whether the page was zero. */
  private boolean answer(long address, PageReader reader, MemorySegment buffer) throws IOException {
    long page = (address - base) / AnonymousMemory.PAGE_BYTES;
    long at = base + page * AnonymousMemory.PAGE_BYTES;
    int inRegion = (int) (page % Versions.REGION_PAGES);
    RegionPlan plan = plan(page - inRegion);
    if (!plan.isPresent(inRegion)) {
      fault.zero(at, AnonymousMemory.PAGE_BYTES);
      return true;
    }
    plan.read(reader, inRegion, buffer);
    spoiler.spoil(page, buffer);
    fault.copy(at, buffer);
    return false;
  }

  private RegionPlan plan(long firstPage) throws IOException {
    RegionPlan plan = plans.get(firstPage);
    if (plan == null) {
      plan = view.plan();
      plan.load(Directory.keyOf(view.ordinal(0), firstPage));
      plans.put(firstPage, plan);
    }
    return plan;
  }

  /** Stops, and tells of a failure on the way. */
  @Override
  public void close() throws IOException {
    stopped = true;
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    Exception failed = failure;
    if (failed != null) {
      throw new IOException("page faults were left unanswered: " + failed.getMessage(), failed);
    }
  }
}
