package dev.cairn.tests.kill;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** A {@link VictimMain} as the one sees it who kills it. Safe for use by several threads. */
public final class Victim {
  private static final long DEADLINE_SECONDS = 120;
  private final Role role;
  private final Process process;
  private final Acknowledged acknowledged;
  private final Durations durations;
  private final Thread listener;
  private final StringBuilder last = new StringBuilder();
  private Optional<Task> open = Optional.empty();
  private Optional<KillPoint> stoppedAt = Optional.empty();
  private boolean ready;
  private long spawned;
  private long ended;
  private boolean changing;
  private long changedNanos;
  private long busy;

  private Victim(Role role, Process process, Acknowledged acknowledged, Durations durations) {
    this.role = role;
    this.process = process;
    this.acknowledged = acknowledged;
    this.durations = durations;
    this.listener = new Thread(this::listen, "listens to " + role);
  }

  static Victim start(Role role, VictimJvm jvm, Acknowledged acknowledged, long seed)
      throws IOException {
    Process process = jvm.start(role.name(), seed);
    Victim victim = new Victim(role, process, acknowledged, jvm.durations());
    victim.listener.start();
    return victim;
  }

  /** Starts one that goes to a point first of all. */
  public static Victim startAt(Role role, KillPoint point, Path store, Acknowledged acknowledged)
      throws IOException {
    Victim victim = start(role, VictimJvm.plain(store), acknowledged, 1);
    victim.order(Order.stopAt(point).line());
    return victim;
  }

  private void listen() {
    try (BufferedReader said = process.inputReader(StandardCharsets.UTF_8)) {
      String line = said.readLine();
      while (line != null) {
        hear(line);
        line = said.readLine();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private synchronized void hear(String line) {
    String[] words = line.split(" ", -1);
    switch (words[0]) {
      case "ready" -> ready = true;
      case "begin" -> {
        open = Optional.of(Task.valueOf(words[1]));
        changing = false;
        changedNanos = System.nanoTime();
      }
      case "changes" -> {
        changing = true;
        changedNanos = System.nanoTime();
      }
      case "end" -> {
        if (isInTheMidst()) {
          durations.add(open.orElseThrow(), System.nanoTime() - changedNanos);
        }
        end();
      }
      case "busy" -> {
        end();
        busy++;
      }
      case "from" -> stoppedAt = Optional.empty();
      case "spawned" -> spawned = Long.parseLong(words[1]);
      case "at" -> stoppedAt = Optional.of(KillPoint.valueOf(words[1]));
      case "acknowledged" -> acknowledged.point(Long.parseLong(words[1]));
      case "keeps" -> acknowledged.keeps(words[1], Long.parseLong(words[2]));
      case "releases" -> acknowledged.releases(words[1]);
      case "forked" -> acknowledged.forked(Fork.parse(words[1], words[2]));
      case "forgot" -> acknowledged.forgot(Long.parseLong(words[1]));
      default -> last.append(line).append('\n');
    }
    notifyAll();
  }

  private void end() {
    open = Optional.empty();
    changing = false;
    ended++;
  }

  /** Tells whether it has begun to change something; a reader, whether it has begun. */
  private synchronized boolean isInTheMidst() {
    return changing || open.equals(Optional.of(Task.READ));
  }

  Role role() {
    return role;
  }

  /** Tells whether it has done something, and so is in the middle of its work. */
  synchronized boolean isAtWork() {
    return ready && ended > 0;
  }

  /** Returns how often others kept it from what it was to do. */
  public synchronized long busy() {
    return busy;
  }

  /** Waits until it has done something. */
  public void awaitWork() throws InterruptedException {
    await(() -> ready && ended > 0, "it works");
  }

  /** Lets it do a thing again and again, and waits until it is in the midst of it. */
  void doAgain(Task task) throws IOException, InterruptedException {
    order(Order.again(task).line());
    await(() -> open.equals(Optional.of(task)) && isInTheMidst(), "it does " + task);
  }

  /** Lets it go to a point and waits until it is there. */
  public void stopAt(KillPoint point) throws IOException, InterruptedException {
    order(Order.stopAt(point).line());
    awaitStop(point);
  }

  /** Waits until it is at a point to which it was told to go. */
  public void awaitStop(KillPoint point) throws InterruptedException {
    await(() -> stoppedAt.equals(Optional.of(point)), "it comes to " + point);
  }

  private void order(String line) throws IOException {
    process.getOutputStream().write((line + "\n").getBytes(StandardCharsets.US_ASCII));
    process.getOutputStream().flush();
  }

  /** Lets it go on, and waits until it has done what it was at. */
  public void goOn() throws IOException, InterruptedException {
    long before = ended();
    order("GO_ON");
    await(() -> ended > before, "it goes on");
  }

  private synchronized long ended() {
    return ended;
  }

  /**
   * Lets it start a process that inherits what may be inherited, and outlives it.
   *
   * @return process id; the caller kills it
   */
  public long spawn() throws IOException, InterruptedException {
    order("SPAWN");
    await(() -> spawned > 0, "it starts a process");
    return spawned;
  }

  /** Something that it was in the midst of. */
  record Killed(Optional<Task> task, boolean inTheMidst) {}

  private synchronized void await(BooleanSupplier condition, String what)
      throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(DEADLINE_SECONDS);
    while (!condition.getAsBoolean()) {
      requireAlive();
      assertTrue(System.nanoTime() < end, () -> role + ": " + what + " in time; " + last);
      wait(5);
    }
  }

  /** Fails if it ended by itself. */
  synchronized void requireAlive() {
    assertTrue(process.isAlive(), () -> role + " failed: " + last);
  }

  /**
   * Kills it, and hears all that it has said.
   *
   * @return what it was at
   */
  public Killed kill() throws InterruptedException {
    requireAlive();
    close();
    assertTrue(!listener.isAlive(), () -> role + ": its output ends");
    synchronized (this) {
      assertTrue(last.isEmpty(), () -> role + " said: " + last);
      return new Killed(open, isInTheMidst());
    }
  }

  /** Kills and reaps it. */
  public void close() throws InterruptedException {
    process.toHandle().destroyForcibly(); // Process.destroyForcibly would close its output, too
    process.onExit().orTimeout(DEADLINE_SECONDS, TimeUnit.SECONDS).join();
    listener.join(TimeUnit.SECONDS.toMillis(DEADLINE_SECONDS));
  }
}
