package dev.cairn.transport.rdma;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * What this process holds of the machine: open descriptors, and what {@code rdma resource show}
 * counts of the whole guest. Immutable.
 *
 * @param descriptors what each entry of /proc/self/fd leads to
 * @param resources what the kernel has of RDMA objects, as rdma says it
 */
public record Leftovers(List<String> descriptors, String resources) {
  private static final long PATIENCE_SECONDS = 60;

  public Leftovers {
    descriptors = List.copyOf(descriptors);
  }

  /** Looks now. */
  public static Leftovers now() throws IOException, InterruptedException {
    List<String> all = new ArrayList<>();
    try (Stream<Path> entries = Files.list(Path.of("/proc/self/fd"))) {
      for (Path each : entries.toList()) {
        try {
          String target = Files.readSymbolicLink(each).toString();
          if (!target.endsWith("/fd")) { // by which it looks
            all.add(target.replaceAll("[0-9]+\\]", "]"));
          }
        } catch (IOException _) {
          // Closed meanwhile.
        }
      }
    }
    all.sort(null);
    Process child = new ProcessBuilder("rdma", "resource", "show").start();
    String said = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    child.waitFor();
    return new Leftovers(all, said.strip());
  }

  /** Looks until two looks in a row, half a second apart, see the same: what was before is over. */
  public static Leftovers settled() throws IOException, InterruptedException {
    Leftovers before = now();
    while (true) {
      Thread.sleep(500);
      Leftovers next = now();
      if (next.equals(before)) {
        return next;
      }
      before = next;
    }
  }

  /** Waits until no more is held than there was; else it fails, and says what is left. */
  public void awaitAgain() throws IOException, InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    Leftovers left = now();
    while (!isAtLeast(left) && System.nanoTime() < end) {
      Thread.sleep(200);
      left = now();
    }
    System.out.println("   held before: " + this + "; after: " + left);
    if (!isAtLeast(left)) {
      throw new AssertionError("left behind: " + left.more(this) + " " + left.resources);
    }
  }

  private boolean isAtLeast(Leftovers left) {
    return left.descriptors.size() <= descriptors.size() && left.resources.equals(resources);
  }

  private List<String> more(Leftovers than) {
    List<String> all = new ArrayList<>(descriptors);
    than.descriptors.forEach(all::remove);
    return all;
  }

  @Override
  public String toString() {
    return descriptors.size() + " descriptors, " + resources;
  }
}
