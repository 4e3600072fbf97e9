package dev.cairn.chain;

import dev.cairn.store.BadInputException;
import java.util.regex.Pattern;

/** Which names a chain may have: they are names of directories. */
public final class ChainName {
  private static final Pattern VALID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

  private ChainName() {}

  /**
   * Returns the name as it is.
   *
   * @throws BadInputException if a chain cannot be called so
   */
  public static String check(String name) throws BadInputException {
    if (!isSound(name)) {
      throw new BadInputException(
          "chain name '"
              + name
              + "': expected a letter or digit, then up to 63 of A-Z a-z 0-9 . _ -");
    }
    return name;
  }

  /** Tells whether a chain can be called so. */
  public static boolean isSound(String name) {
    return VALID.matcher(name).matches();
  }
}
