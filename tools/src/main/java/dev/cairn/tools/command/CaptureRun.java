package dev.cairn.tools.command;

import dev.cairn.chain.Store;
import dev.cairn.store.io.FileSystemDirectory;
import dev.cairn.store.io.StoreLock;
import dev.cairn.tools.capture.Capture;
import dev.cairn.tools.capture.CaptureEvent;
import dev.cairn.tools.guardian.GuardianClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One attempt to capture a machine: from the opened chain to the end. {@link #stop} is for any. */
final class CaptureRun {
  /** Of every QEMU that is captured, bytes. */
  static final int PAGE = 4096;

  private static final Duration LOCK_PATIENCE = Duration.ofMillis(500);

  /** So many times the buffer may spill, if there is not much room. */
  private static final int LEAST_SPILL = 8;

  private final RootCommand root;
  private final String chainName;
  private final Capture.Options options;
  private final CaptureReport report;
  private final RoomOptions room;

  // Both guarded by this.
  private @Nullable Capture capture;
  private boolean stopped;

  CaptureRun(
      RootCommand root,
      String chainName,
      Capture.Options options,
      RoomOptions room,
      CaptureReport report) {
    this.root = root;
    this.chainName = chainName;
    this.options = options;
    this.room = room;
    this.report = report;
  }

  /**
   * Captures until the end.
   *
   * @param begun told when points begin to come
   */
  void run(Runnable begun) throws IOException {
    Path path = root.storePath();
    try (Store store = root.openStore();
        FileSystemDirectory directory = FileSystemDirectory.open(path, root.fileSystemOptions());
        FileSystemDirectory run = directory.makeDirectory("run");
        StoreLock _ = run.lock("capture-" + chainName + ".lock", LOCK_PATIENCE);
        OwnChain own = OwnChain.open(store, chainName, PAGE)) {
      Capture made =
          new Capture(
              options,
              new Capture.Place(path, own.chain(), spillBytes(path), room.of(path)),
              file -> GuardianClient.start(file, report::warn),
              event -> {
                report.accept(event);
                if (event instanceof CaptureEvent.Began) {
                  begun.run();
                }
              });
      if (begin(made)) {
        paintWhile(made);
      }
    }
  }

  /** Of a guest of many GiB all may differ from the newest point, and go through it. */
  private long spillBytes(Path store) throws IOException {
    long half = Files.getFileStore(store).getUsableSpace() / 2;
    return Math.max(LEAST_SPILL * options.bufferBytes(), half);
  }

  private synchronized boolean begin(Capture made) {
    capture = made;
    return !stopped;
  }

  private void paintWhile(Capture running) throws IOException {
    Thread painter = Thread.ofPlatform().daemon().name("cairn-line").start(() -> paint(running));
    try {
      running.run();
    } finally {
      painter.interrupt();
      report.end(running);
    }
  }

  private void paint(Capture running) {
    try {
      while (true) {
        TimeUnit.MILLISECONDS.sleep(200);
        report.draw(running);
      }
    } catch (InterruptedException e) {
      // The capture has ended.
    }
  }

  /** Ends it soon: detached, with all that is complete stored. */
  void stop() {
    Capture running;
    synchronized (this) {
      stopped = true;
      running = capture;
    }
    if (running != null) {
      running.stop();
    }
  }

  /** Returns what captures; nothing before it begins. */
  synchronized Optional<Capture> capture() {
    return Optional.ofNullable(capture);
  }
}
