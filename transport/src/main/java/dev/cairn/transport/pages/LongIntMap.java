package dev.cairn.transport.pages;

import java.util.Arrays;

/** A map from longs, not negative, to ints, without objects. Not thread-safe. */
final class LongIntMap {
  /** What is returned where there is nothing. */
  static final int NONE = -1;

  private static final long EMPTY = -1;
  private static final long GOLDEN = 0x9e37_79b9_7f4a_7c15L;

  private long[] keys = new long[16];
  private int[] values = new int[16];
  private int size;

  LongIntMap() {
    Arrays.fill(keys, EMPTY);
  }

  int size() {
    return size;
  }

  int get(long key) {
    for (int i = home(key); keys[i] != EMPTY; i = next(i)) {
      if (keys[i] == key) {
        return values[i];
      }
    }
    return NONE;
  }

  void put(long key, int value) {
    int i = home(key);
    while (keys[i] != EMPTY && keys[i] != key) {
      i = next(i);
    }
    if (keys[i] == EMPTY) {
      size++;
    }
    keys[i] = key;
    values[i] = value;
    if (size * 2 > keys.length) {
      grow();
    }
  }

  /** Takes a key out, and returns what it had. */
  int remove(long key) {
    int i = home(key);
    while (keys[i] != key) {
      if (keys[i] == EMPTY) {
        return NONE;
      }
      i = next(i);
    }
    int value = values[i];
    size--;
    // What was put behind it for its sake moves up.
    int hole = i;
    for (int j = next(i); keys[j] != EMPTY; j = next(j)) {
      int home = home(keys[j]);
      boolean reaches = hole <= j ? (home <= hole || home > j) : (home <= hole && home > j);
      if (reaches) {
        keys[hole] = keys[j];
        values[hole] = values[j];
        hole = j;
      }
    }
    keys[hole] = EMPTY;
    return value;
  }

  private void grow() {
    long[] oldKeys = keys;
    int[] oldValues = values;
    keys = new long[oldKeys.length * 2];
    values = new int[keys.length];
    Arrays.fill(keys, EMPTY);
    size = 0;
    for (int i = 0; i < oldKeys.length; i++) {
      if (oldKeys[i] != EMPTY) {
        put(oldKeys[i], oldValues[i]);
      }
    }
  }

  private int home(long key) {
    return (int) ((key * GOLDEN) >>> 32) & (keys.length - 1);
  }

  private int next(int i) {
    return (i + 1) & (keys.length - 1);
  }
}
