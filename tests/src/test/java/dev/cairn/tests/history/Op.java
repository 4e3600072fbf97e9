package dev.cairn.tests.history;

import dev.cairn.chain.retention.RetentionRules;
import dev.cairn.store.file.FrameCodec;
import java.util.List;

/**
 * One step of a history, as data: a list of them can be replayed with any of them left out. What
 * cannot be done then is to be refused, and the model says how. Immutable.
 */
public sealed interface Op {
  /** Returns the chain that it is about. */
  String chain();

  /** What a checkpoint changes in the machine. Immutable. */
  sealed interface Change {}

  /** Writes a page; the value 0 is a page of zeros. Beyond the block's end it is nothing. */
  record Fill(String block, long page, long value) implements Change {}

  /** Gives a block so many pages; 0 takes it away, a new name makes one. */
  record Length(String block, long pages) implements Change {}

  /** Gives a device section other content. */
  record Device(String section, long value) implements Change {}

  /** How a checkpoint is made. Immutable. */
  record Form(boolean delta, FrameCodec codec, String label) {}

  record Checkpoint(String chain, Form form, List<Change> changes) implements Op {}

  /** The policy, once. */
  record Merge(String chain) implements Op {}

  /** Merges {@code count} layers from position {@code from} on; meanwhile other things happen. */
  record MergeRun(String chain, int from, int count, List<Op> meanwhile) implements Op {}

  record Compact(String chain) implements Op {}

  record Pack(String chain) implements Op {}

  record MoveBase(String chain) implements Op {}

  /** Forgets points {@code from} to {@code to}, both included. */
  record Forget(String chain, long from, long to) implements Op {}

  record Retain(String chain, RetentionRules rules) implements Op {}

  record Pin(String chain, long point, boolean pinned) implements Op {}

  record Label(String chain, long point, String label) implements Op {}

  record Hold(String chain, long point, String token) implements Op {}

  record Release(String chain, String token) implements Op {}

  record Fork(String chain, long point, String name) implements Op {}

  record Sweep(String chain) implements Op {}

  /** New chain objects over the same directory. */
  record Reopen(String chain) implements Op {}

  record Verify(String chain) implements Op {}

  /** Reads a point and compares everything; {@code whole}: through a restorer and a sink. */
  record Restore(String chain, long point, boolean whole) implements Op {}

  /** Flips a bit of one of the chain's files, says what is lost, and repairs. */
  record Rot(String chain, int file, long where) implements Op {}

  /** Kills the process before the n-th changing call of {@code op}, then opens the store anew. */
  record Crash(Op op, int call) implements Op {
    @Override
    public String chain() {
      return op.chain();
    }
  }

  /** Lets the n-th changing call of {@code op} fail, then opens the store anew. */
  record Fail(Op op, int call) implements Op {
    @Override
    public String chain() {
      return op.chain();
    }
  }
}
