package dev.cairn.tests.fuzz;

import java.io.IOException;

/**
 * A decoder that takes bytes of others. Immutable. To add one: a class, a line in {@link
 * FuzzTargets}, and a folder of its name with seeds under {@code resources/fuzz}.
 */
interface FuzzTarget {
  /** Returns its name, and that of its corpus. */
  String name();

  /** Returns the longest input that is of use, bytes. */
  int mostBytes();

  /**
   * Returns what reading an input may allocate on the heap in all, bytes: at least {@link
   * Allowance#of} its length. Not asked for an input that took no more than the constant.
   */
  long allowance(byte[] input);

  /**
   * Reads an input and checks what was accepted.
   *
   * @param input may be changed
   * @throws IOException of a documented kind, if it is refused
   * @throws AssertionError if something was accepted that contradicts itself
   */
  void read(byte[] input) throws IOException;
}
