package dev.cairn.store.io;

import java.nio.charset.StandardCharsets;

/** Owns the rule of what may be a name in a {@link StoreDirectory}. Immutable. */
final class FileNames {
  /** What ext4, xfs and btrfs take: NAME_MAX, in bytes. */
  private static final int MAX_BYTES = 255;

  private FileNames() {}

  /**
   * Returns the name.
   *
   * @throws IllegalArgumentException if it is no plain file name; names that come from outside are
   *     checked before they get here
   */
  static String check(String name) {
    if (name.isEmpty() || name.equals(".") || name.equals("..")) {
      throw new IllegalArgumentException("no file name: \"" + name + '"');
    }
    if (name.indexOf('/') >= 0 || name.indexOf('\0') >= 0) {
      throw new IllegalArgumentException("separator or NUL in file name: \"" + name + '"');
    }
    if (!StandardCharsets.UTF_8.newEncoder().canEncode(name)) {
      throw new IllegalArgumentException("half a surrogate pair in file name: \"" + name + '"');
    }
    int lengthBytes = name.getBytes(StandardCharsets.UTF_8).length;
    if (lengthBytes > MAX_BYTES) {
      throw new IllegalArgumentException(
          "file name of " + lengthBytes + " bytes, at most " + MAX_BYTES + ": \"" + name + '"');
    }
    return name;
  }
}
