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
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/**
 * A process that plays a {@link Role} again and again until {@link KillRoundsTest} kills it, and
 * says what it begins and what it has done. A line of its input names the kill point at which it is
 * to stop; at the end of its input it ends. Its arguments: role, store, seed.
 */
final class VictimMain {
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final int MOST_PAUSE_NANOS = 150_000_000;

  private final Role role;
  private final Random random;
  private final PointWatch watch = new PointWatch(this::stop);
  private final Semaphore goOn = new Semaphore(0);
  private final AtomicReference<Optional<KillPoint>> ordered =
      new AtomicReference<>(Optional.empty());

  private VictimMain(Role role, long seed) {
    this.role = role;
    this.random = new Random(seed);
  }

  public static void main(String[] arguments) throws IOException {
    VictimMain main = new VictimMain(Role.valueOf(arguments[0]), Long.parseLong(arguments[2]));
    Thread listener = new Thread(main::listen);
    listener.setDaemon(true);
    listener.start();
    main.play(Path.of(arguments[1]));
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

  private void obey(String order) {
    switch (order) {
      case "GO_ON" -> {
        ordered.set(Optional.empty());
        goOn.release();
      }
      case "SPAWN" -> NativeChild.start();
      default -> ordered.set(Optional.of(KillPoint.valueOf(order)));
    }
  }

  private Optional<KillPoint> order() {
    return Objects.requireNonNull(ordered.get());
  }

  private void play(Path path) throws IOException {
    Environment environment = new Environment(Clock.systemUTC(), random, PATIENCE);
    try (Store store =
            Store.open(new HookedDirectory(FileSystemDirectory.open(path), watch), environment);
        Deeds deeds = new Deeds(store, path, random, watch)) {
      say("ready");
      while (true) {
        Optional<KillPoint> point = order();
        Task task = point.map(KillPoint::task).orElseGet(() -> role.draw(random));
        say("begin " + task);
        try {
          deeds.perform(task, point);
          say("end " + task);
        } catch (BusyException e) {
          say("busy " + task);
        }
        if (order().isEmpty()) {
          LockSupport.parkNanos(random.nextInt(MOST_PAUSE_NANOS)); // others start meanwhile
        }
      }
    }
  }

  static synchronized void say(String line) {
    System.out.println(line);
    System.out.flush();
  }

  /** Whoever waits for this line kills us, or lets us go on. */
  private void stop(KillPoint point) {
    say("at " + point);
    goOn.acquireUninterruptibly();
    say("from " + point);
  }
}
