package dev.cairn.tools.capture;

import java.time.Duration;
import java.time.Instant;

/** What a capture tells while it goes on. */
public sealed interface CaptureEvent {
  /**
   * A mode begins.
   *
   * @param pause that is to be expected, in words
   * @param shortest interval that can be held
   */
  record Began(String mode, String why, String pause, Duration shortest) implements CaptureEvent {}

  /**
   * A point is durable.
   *
   * @param pages that came
   * @param storedBytes that its file takes
   * @param queue of checkpoints that are not yet durable
   */
  record Point(
      long checkpoint,
      Instant time,
      Duration pause,
      long pages,
      long storedBytes,
      long receivedBytes,
      int queue)
      implements CaptureEvent {}

  /** A checkpoint became no point; the guest runs on. */
  record Dropped(String why) implements CaptureEvent {}

  /** Points come at this interval, not as was asked for. Or they do again. */
  record Stretched(Duration asked, Duration held) implements CaptureEvent {}

  /** Something that a person should know. */
  record Warning(String text) implements CaptureEvent {}

  /** The guest runs, and QEMU is as it was before. */
  record Detached() implements CaptureEvent {}
}
