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

  /** Returns what reading an input may allocate. */
  default Allowance allowance() {
    return Allowance.OF_STORE;
  }

  /**
   * Reads an input and checks what was accepted.
   *
   * @param input may be changed
   * @return what may be allocated beyond what the length is worth
   * @throws IOException of a documented kind, if it is refused
   * @throws AssertionError if something was accepted that contradicts itself
   */
  Allowance.Extra read(byte[] input) throws IOException;
}
