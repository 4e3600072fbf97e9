package dev.cairn.tests.damage;

import java.util.Arrays;

/** One damage of one file of a store. Immutable. */
sealed interface Harm {
  /** Returns the path of the file that is damaged. */
  String path();

  /** Returns the store with the damage. */
  Picture on(Picture whole);

  /** A bit is another. */
  record Flip(String path, long offset, int bit) implements Harm {
    @Override
    public Picture on(Picture whole) {
      return whole.with(path, new Contents.Flipped(whole.get(path), offset, bit));
    }
  }

  /** Only so many bytes are left. */
  record Cut(String path, long length) implements Harm {
    @Override
    public Picture on(Picture whole) {
      return whole.with(path, new Contents.Cut(whole.get(path), length));
    }
  }

  /** More bytes follow. */
  record Extend(String path, int more, boolean zeros) implements Harm {
    @Override
    public Picture on(Picture whole) {
      return whole.with(path, new Contents.Extended(whole.get(path), more, zeros));
    }
  }

  /** The name is gone. */
  record Remove(String path) implements Harm {
    @Override
    public Picture on(Picture whole) {
      return whole.without(path);
    }
  }

  /** A file of another store has taken its place, under all its names. */
  record Foreign(String path, String by, Contents file) implements Harm {
    @Override
    public Picture on(Picture whole) {
      return whole.with(path, file);
    }

    /** Tells whether it changes nothing. */
    boolean isSame(Picture whole) {
      return Arrays.equals(whole.get(path).bytes(), file.bytes());
    }

    @Override
    public String toString() {
      return "Foreign[" + path + " by " + by + "]";
    }
  }

  /** Another file of the store has taken its place, under all its names. */
  record Replace(String path, String by) implements Harm {
    @Override
    public Picture on(Picture whole) {
      return whole.with(path, whole.get(by));
    }
  }
}
