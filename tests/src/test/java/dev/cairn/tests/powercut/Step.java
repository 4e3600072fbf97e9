package dev.cairn.tests.powercut;

/** One thing that the workload does and acknowledges. Immutable. */
sealed interface Step {
  /** The chain that it works on. */
  String chain();

  record Create(String chain) implements Step {}

  record Checkpoint(String chain) implements Step {}

  record Label(String chain, long point, String label) implements Step {}

  record Forget(String chain, long from, long to) implements Step {}

  record Fork(String chain, long point, String name) implements Step {}

  /** Changes no point, as all the rest. */
  record Merge(String chain) implements Step {}

  record Compact(String chain) implements Step {}

  record Pack(String chain) implements Step {}

  record MoveBase(String chain) implements Step {}

  /** Starts a merge in a thread of its own. */
  record BeginMerge(String chain) implements Step {}

  /** Waits for that thread. */
  record EndMerge(String chain) implements Step {}
}
