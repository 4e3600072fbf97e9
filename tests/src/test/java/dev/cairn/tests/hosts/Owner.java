package dev.cairn.tests.hosts;

import dev.cairn.tools.linux.Pidfd;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Predicate;

/**
 * The JVM that made a pair of hosts. All processes on them inherit its name in their environment,
 * by which a later JVM finds those whose owner is dead. Immutable.
 *
 * @param pid its process
 * @param startTicks when that was started, for numbers come again
 */
record Owner(long pid, long startTicks) {
  private static final String VARIABLE = "CAIRN_TESTS_HOSTS";
  private static final Duration DEADLINE = Duration.ofSeconds(30);

  /** Returns this JVM. */
  static Owner self() throws IOException {
    long pid = ProcessHandle.current().pid();
    return new Owner(pid, Pidfd.startTime(pid).orElseThrow());
  }

  /** Returns what the environment of its processes holds, {@code NAME=VALUE}. */
  String mark() {
    return VARIABLE + "=" + pid + "-" + startTicks;
  }

  boolean isAlive() throws IOException {
    OptionalLong found = Pidfd.startTime(pid);
    return found.isPresent() && found.getAsLong() == startTicks;
  }

  /** Returns whose a process is; empty if it is of no such owner, or none of ours. */
  static Optional<Owner> of(long process) {
    byte[] environment;
    try {
      environment = Files.readAllBytes(Path.of("/proc/" + process + "/environ"));
    } catch (IOException e) {
      return Optional.empty(); // it has ended, or is another user's
    }
    return Arrays.stream(new String(environment, StandardCharsets.ISO_8859_1).split("\0", -1))
        .filter(entry -> entry.matches(VARIABLE + "=[0-9]{1,18}-[0-9]{1,18}"))
        .map(entry -> entry.substring(VARIABLE.length() + 1).split("-", -1))
        .map(numbers -> new Owner(Long.parseLong(numbers[0]), Long.parseLong(numbers[1])))
        .findFirst();
  }

  /**
   * Kills what owners that are dead have left, and waits for its end; namespaces, links and
   * addresses end with their last process.
   *
   * @return the processes
   */
  static List<Long> sweep() throws IOException {
    return kill(
        process -> {
          Optional<Owner> owner = of(process);
          try {
            return owner.isPresent() && !owner.get().isAlive();
          } catch (IOException e) {
            return false;
          }
        });
  }

  /** Kills the processes that are chosen, now and when their handle is held; waits for the end. */
  static List<Long> kill(Predicate<Long> chosen) throws IOException {
    List<Long> killed = new ArrayList<>();
    for (long process : ProcessHandle.allProcesses().map(ProcessHandle::pid).toList()) {
      if (chosen.test(process) && killOne(process, chosen)) {
        killed.add(process);
      }
    }
    return killed;
  }

  private static boolean killOne(long process, Predicate<Long> chosen) throws IOException {
    OptionalLong started = Pidfd.startTime(process);
    if (started.isEmpty()) {
      return false;
    }
    try (Pidfd handle = Pidfd.open(process, started.getAsLong())) {
      if (!chosen.test(process)) {
        return false;
      }
      handle.signal(Pidfd.SIGKILL);
      if (!handle.awaitEnd(DEADLINE)) {
        throw new AssertionError("process " + process + " survives SIGKILL");
      }
      return true;
    } catch (IOException e) {
      if (chosen.test(process)) {
        throw e;
      }
      return false; // it ended by itself
    }
  }
}
