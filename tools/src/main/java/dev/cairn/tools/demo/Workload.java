package dev.cairn.tools.demo;

/**
 * Decides what the guest does next: transfers within a window that wanders over the memory once in
 * about 15 seconds, within a spot that stays, and anywhere; now and then a new account. Its random
 * state and its place are in the guest's memory, so a restored guest goes on where it was. Not
 * thread-safe.
 */
final class Workload {
  private static final int SECONDS_PER_SWEEP = 15;

  private final KvTable table;
  private final long groups;

  Workload(KvTable table) {
    this.table = table;
    this.groups = table.mostAccounts() / KvTable.KEYS_PER_PAGE;
  }

  /** Fills zero memory: three quarters of it; the rest is for accounts to come. */
  static void create(KvTable table, long seed) {
    table.create(table.mostAccounts() / 4 * 3, seed);
  }

  /** Returns the pace, so that a checkpoint finds about a twentieth of the pages dirty. */
  long operationsPerSecond() {
    return Math.max(100, groups / 5);
  }

  /** Does one operation. */
  void step() {
    long kind = table.random() & 63;
    if (kind == 0 && table.header(KvTable.AT_ACCOUNTS) < table.mostAccounts()) {
      table.insert(0);
    } else if (kind < 4) {
      transfer(0, groups);
    } else if (kind < 10) {
      transfer(groups * 5 / 8, groups / 64);
    } else {
      long sweep = operationsPerSecond() * SECONDS_PER_SWEEP;
      transfer(table.header(KvTable.AT_SEQUENCE) % sweep * groups / sweep, groups / 32);
    }
  }

  /** Transfers between two accounts of a window of pages. */
  private void transfer(long firstGroup, long windowGroups) {
    long from = key(firstGroup, windowGroups);
    long to = key(firstGroup, windowGroups);
    table.transfer(from, to, 1 + (table.random() & 15));
  }

  private long key(long firstGroup, long windowGroups) {
    long keys = Math.max(1, windowGroups) * KvTable.KEYS_PER_PAGE;
    long key = firstGroup * KvTable.KEYS_PER_PAGE + Long.remainderUnsigned(table.random(), keys);
    return key % table.header(KvTable.AT_ACCOUNTS) + 1;
  }
}
