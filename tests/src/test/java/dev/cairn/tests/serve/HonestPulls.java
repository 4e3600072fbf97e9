package dev.cairn.tests.serve;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.tests.Cli;
import dev.cairn.tests.NumberedMemory;
import dev.cairn.transport.link.Endpoint;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * An honest client that pulls the same chain again and again while others do what they do, and
 * checks every byte. Thread-safe; while it lives nobody else may use a {@link Cli}.
 */
final class HonestPulls implements AutoCloseable {
  private static final long DEADLINE_SECONDS = 60;

  /** So slow that a pull takes about as long as the time between two OPENs of a client. */
  private static final String RATE = "8M";

  private final Endpoint source;
  private final NumberedMemory memory;
  private final long point;
  private final Path image;
  private final Cli cairn;
  private final Thread thread;

  // All of these are guarded by this.
  private int begun;
  private CompletableFuture<Integer> next = new CompletableFuture<>();
  private boolean ended;

  /**
   * Begins.
   *
   * @param place of a new store
   * @param point of chain {@code vm}, a {@link NumberedMemory} of so many pages
   */
  HonestPulls(Path place, Endpoint source, int pages, long point) {
    this.source = source;
    this.memory = new NumberedMemory(pages);
    this.point = point;
    this.image = place.resolveSibling("honest-image");
    this.cairn = new Cli(place);
    cairn.run(0, "init");
    thread = Thread.ofPlatform().name("honest").start(this::run);
  }

  private void run() {
    int number = begin();
    try {
      while (number > 0) {
        pull("copy" + number);
        number = done(number);
      }
    } catch (IOException | RuntimeException | Error e) {
      synchronized (this) {
        next.completeExceptionally(e);
      }
    }
  }

  private synchronized int begin() {
    return ended ? 0 : ++begun;
  }

  private synchronized int done(int number) {
    next.complete(number);
    next = new CompletableFuture<>();
    return begin();
  }

  private void pull(String name) throws IOException {
    String uri = source.toString();
    Cli.Said said =
        cairn.run(0, "pull", "vm@" + point, "--as", name, "--from", uri, "--limit-rate", RATE);
    assertTrue(!said.errors().contains("warning"), said::errors); // as when a link is lost
    cairn.run(0, "restore", name + "@" + point, "--to", "raw:" + image);
    memory.check(point, Files.readAllBytes(image), name);
    Files.delete(image);
  }

  /** Waits for a pull that begins from now on, and for its end. */
  void requireUndisturbed() throws InterruptedException {
    int before;
    synchronized (this) {
      before = begun;
    }
    int done = 0;
    while (done <= before) {
      CompletableFuture<Integer> coming;
      synchronized (this) {
        coming = next;
      }
      try {
        done = coming.get(DEADLINE_SECONDS, TimeUnit.SECONDS);
      } catch (ExecutionException | TimeoutException e) {
        throw new AssertionError("an honest client is disturbed", e);
      }
    }
  }

  @Override
  public void close() throws IOException {
    synchronized (this) {
      ended = true;
    }
    try {
      assertTrue(thread.join(Duration.ofSeconds(DEADLINE_SECONDS)), "the honest client ends");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("an honest client is ended");
    }
    int pulls;
    synchronized (this) {
      pulls = begun;
    }
    System.out.println("an honest client pulled " + pulls + " times meanwhile");
  }
}
