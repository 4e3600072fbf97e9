package dev.cairn.tools.resume;

import dev.cairn.chain.Progress;

/** Hears what somebody who waits wants to know. Called by one thread, but for the progress. */
public interface ResumeListener {
  /** Something that is as it should be. */
  void note(String text);

  /** Something that may not be wanted. */
  void warn(String text);

  /** Returns what is told how much of the memory is there. */
  Progress progress();
}
