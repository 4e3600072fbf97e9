package dev.cairn.tests;

/** What a run of these tests may be told: {@code -Dtests.seed=} and {@code -Dcairn.soak=N}. */
public final class Settings {
  private Settings() {}

  /** Returns the seed that was given, else one of the time. */
  public static long seed() {
    String given = System.getProperty("tests.seed", "");
    long seed = given.isEmpty() ? System.nanoTime() : Long.parseLong(given);
    System.out.println("tests.seed=" + seed);
    return seed;
  }

  /** Tells whether one seed is to be run again. */
  public static boolean isRerun() {
    return !System.getProperty("tests.seed", "").isEmpty();
  }

  /** Returns by how much a long run is longer than that of CI; 1 in CI. */
  public static int soak() {
    String given = System.getProperty("cairn.soak", "");
    if (given.equals("true")) {
      return 10;
    }
    return given.matches("[0-9]{1,6}") ? Math.max(1, Integer.parseInt(given)) : 1;
  }
}
