package dev.cairn.tests;

import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Lets guests have host pages of 2 MiB. Where the machine keeps none in reserve, the kernel may
 * take some from free memory as they are needed, and gives them back with the last process that has
 * them: that takes a setting of the whole machine (there are no namespaces of it), so it is changed
 * by root in CI only, and is as it was when this is closed. One test at a time has it, of all
 * processes.
 */
public final class HugePages implements AutoCloseable {
  private static final Path POOL = Path.of("/sys/kernel/mm/hugepages/hugepages-2048kB");
  private static final Path OVERCOMMIT = POOL.resolve("nr_overcommit_hugepages");

  private static final Path LOCK =
      Path.of(System.getProperty("java.io.tmpdir"), "cairn-huge-pages.lock");

  /** Locked until this is closed. */
  private final FileChannel lock;

  /** What is written back; -1 if nothing was changed. */
  private final long before;

  private HugePages(FileChannel lock, long before) {
    this.lock = lock;
    this.before = before;
  }

  /**
   * Has so many pages allowed. Skips the test if that cannot be, and names what is missing.
   *
   * @param count of pages in use at once
   */
  public static HugePages allow(long count) throws IOException {
    FileChannel lock = FileChannel.open(LOCK, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    boolean done = false;
    try {
      FileLock _ = lock.lock();
      HugePages made = new HugePages(lock, allowed(count));
      done = true;
      return made;
    } finally {
      if (!done) {
        lock.close();
      }
    }
  }

  /** Returns what is to be written back. */
  private static long allowed(long count) throws IOException {
    String missing = "missing: " + count + " huge pages of 2 MiB";
    if (!Files.exists(POOL)) {
      abort(missing + ", this kernel has none");
    }
    if (number(POOL.resolve("free_hugepages")) - number(POOL.resolve("resv_hugepages")) >= count) {
      return -1;
    }
    if (!"true".equals(System.getenv("CI")) || !Files.isWritable(OVERCOMMIT)) {
      abort(missing + " (vm.nr_hugepages, a setting of the machine)");
    }
    long before = number(OVERCOMMIT);
    long used = number(POOL.resolve("surplus_hugepages"));
    Files.writeString(OVERCOMMIT, Long.toString(Math.max(before, used + count)));
    return before;
  }

  private static long number(Path file) throws IOException {
    return Long.parseLong(Files.readString(file).strip());
  }

  @Override
  public void close() throws IOException {
    try (lock) {
      if (before >= 0) {
        Files.writeString(OVERCOMMIT, Long.toString(before));
      }
    }
  }
}
