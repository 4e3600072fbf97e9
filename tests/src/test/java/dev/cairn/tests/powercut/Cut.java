package dev.cairn.tests.powercut;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * A power cut. Immutable.
 *
 * @param at how many requests the disk was given before
 * @param luck what it kept of the writes since the last flush
 * @param seed of what chance decides
 */
record Cut(int at, Luck luck, long seed) {
  /** What a disk keeps of the writes that no flush made durable. */
  enum Luck {
    NOTHING,
    ALL,
    /** Any of them, whole. */
    SOME,
    /** Any of them, and of some any sectors of 512 bytes. */
    TORN_512,
    /** Any of them, and of some any sectors of 4 KiB. */
    TORN_4096
  }

  /**
   * Returns cuts in random order: before every flush, each with all kinds of luck, and at as many
   * places between.
   *
   * @param from no cut is earlier
   */
  static List<Cut> all(List<BlockLog.Request> log, int from, Random random) {
    List<Cut> all = new ArrayList<>();
    Luck[] kinds = Luck.values();
    for (int at = from; at <= log.size(); at++) {
      if (at == log.size() || log.get(at) instanceof BlockLog.Request.Flush) {
        for (Luck luck : kinds) {
          all.add(new Cut(at, luck, random.nextLong()));
        }
        int between = from + random.nextInt(log.size() - from);
        all.add(new Cut(between, kinds[random.nextInt(kinds.length)], random.nextLong()));
      }
    }
    Collections.shuffle(all, random);
    return all;
  }
}
