package dev.cairn.tools.qmp;

/**
 * Something in which two machines differ. Immutable.
 *
 * @param what is compared
 * @param expected as the state was captured
 * @param actual as the machine is that is to take it
 */
public record MachineDifference(String what, String expected, String actual) {
  @Override
  public String toString() {
    return what + ": expected " + expected + ", found " + actual;
  }
}
