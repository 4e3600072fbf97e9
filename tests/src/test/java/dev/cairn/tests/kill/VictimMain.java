package dev.cairn.tests.kill;

import dev.cairn.chain.Environment;
import dev.cairn.chain.Store;
import dev.cairn.store.BusyException;
import dev.cairn.store.io.FileSystemDirectory;
import dev.cairn.store.io.HookedDirectory;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/**
 * A process that plays a {@link Role} again and again until {@link KillRounds} kills it, and says
 * what it begins and what it has done. A line of its input is an {@link Order}; at the end of its
 * input it ends. Its arguments: role, store, seed.
 */
final class VictimMain implements PointWatch.Listener {
  /** In place of a role: does each thing some times, and ends. */
  static final String TRAINING = "TRAINING";

  private static final int TRAININGS = 4;
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final int IDLE_NANOS = 4_000_000;

  private final Path path;
  private final Random random;
  private final PointWatch watch;
  private final Semaphore goOn = new Semaphore(0);
  private final AtomicReference<Order> ordered = new AtomicReference<>(Order.NONE);
  private final Thread player = Thread.currentThread();

  private VictimMain(Path path, long seed) {
    this.path = path;
    this.random = new Random(seed);
    this.watch = new PointWatch(this, new Random(seed + 1));
  }

  public static void main(String[] arguments) throws IOException {
    VictimMain main = new VictimMain(Path.of(arguments[1]), Long.parseLong(arguments[2]));
    if (arguments[0].equals(TRAINING)) {
      main.train();
      return;
    }
    Thread listener = new Thread(main::listen);
    listener.setDaemon(true);
    listener.start();
    main.play(Role.valueOf(arguments[0]));
  }

  /** Takes orders; without the one who gives them there is nothing to do. */
  private void listen() {
    try (BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII))) {
      String line = in.readLine();
      while (line != null) {
        obey(line);
        line = in.readLine();
      }
    } catch (IOException e) {
      say("failed " + e);
    }
    Runtime.getRuntime().halt(0);
  }

  private void obey(String line) {
    switch (line) {
      case "GO_ON" -> {
        ordered.set(Order.NONE);
        goOn.release();
      }
      case "SPAWN" -> NativeChild.start(path);
      default -> {
        ordered.set(Order.parse(line));
        LockSupport.unpark(player);
      }
    }
  }

  private Order order() {
    return Objects.requireNonNull(ordered.get());
  }

  private Store open() throws IOException {
    Environment environment = new Environment(Clock.systemUTC(), random, PATIENCE);
    return Store.open(new HookedDirectory(FileSystemDirectory.open(path), watch), environment);
  }

  private void play(Role role) throws IOException {
    try (Store store = open();
        Deeds deeds = new Deeds(store, path, random, watch)) {
      say("ready");
      while (true) {
        Order order = order();
        perform(deeds, order.task().orElseGet(() -> role.draw(random)), order);
        pause(role);
      }
    }
  }

  private void train() throws IOException {
    try (Store store = open();
        Deeds deeds = new Deeds(store, path, random, watch)) {
      for (int i = 0; i < TRAININGS; i++) {
        for (Task task : Task.values()) {
          perform(deeds, task, Order.NONE);
        }
      }
    }
  }

  private static void perform(Deeds deeds, Task task, Order order) throws IOException {
    try {
      deeds.perform(task, order);
      say("end " + task);
    } catch (BusyException e) {
      say("busy " + task);
    }
  }

  /** Leaves the processor to the others, who start or work. */
  private void pause(Role role) {
    if (order().equals(Order.NONE)) {
      LockSupport.parkNanos(random.nextInt(role.mostPauseNanos()));
    } else if (!watch.hasChanged()) {
      LockSupport.parkNanos(IDLE_NANOS); // nothing to do, until the others have done something
    }
  }

  static synchronized void say(String line) {
    System.out.println(line);
    System.out.flush();
  }

  /** Whoever waits for this line kills us, or lets us go on. */
  @Override
  public void at(KillPoint point) {
    say("at " + point);
    goOn.acquireUninterruptibly();
    say("from " + point);
  }

  @Override
  public void changes() {
    say("changes");
  }
}
