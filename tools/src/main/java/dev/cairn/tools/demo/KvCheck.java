package dev.cairn.tools.demo;

import java.util.ArrayList;
import java.util.List;

/** Checks the invariant of a {@link KvTable}, and tells everything that is wrong. Stateless. */
public final class KvCheck {
  private static final int MOST_SLOTS_TOLD = 5;

  private KvCheck() {}

  /** Returns what is wrong, in words; empty if nothing is. Reads the whole table once. */
  public static List<String> findings(KvTable table) {
    List<String> findings = new ArrayList<>();
    expect(findings, "magic", KvTable.MAGIC, table.header(KvTable.AT_MAGIC));
    expect(findings, "number of slots", table.slotsFit(), table.header(KvTable.AT_SLOTS));
    long accounts = 0;
    long sum = 0;
    long changes = 0;
    long digest = 0;
    long newest = 0;
    long bad = 0;
    for (long slot = 0; slot < table.slotsFit(); slot++) {
      long check = table.slot(slot, KvTable.CHECK);
      if (table.isEmpty(slot)) {
        continue;
      }
      if (check != table.expectedCheck(slot) && bad++ < MOST_SLOTS_TOLD) {
        expect(findings, "check of slot " + slot, table.expectedCheck(slot), check);
      }
      accounts++;
      sum += table.slot(slot, KvTable.BALANCE);
      changes += table.slot(slot, KvTable.CHANGES);
      digest ^= check;
      newest = Math.max(newest, table.slot(slot, KvTable.SEQUENCE));
    }
    if (bad > MOST_SLOTS_TOLD) {
      findings.add("and " + (bad - MOST_SLOTS_TOLD) + " more slots");
    }
    expect(findings, "accounts", table.header(KvTable.AT_ACCOUNTS), accounts);
    expect(findings, "sum of all balances", table.header(KvTable.AT_SUM), sum);
    expect(findings, "changes", table.header(KvTable.AT_CHANGES), changes);
    expect(findings, "last operation", table.header(KvTable.AT_SEQUENCE), newest);
    expect(findings, "digest of all slots", table.header(KvTable.AT_DIGEST), digest);
    return findings;
  }

  private static void expect(List<String> findings, String what, long expected, long actual) {
    if (expected != actual) {
      findings.add(what + ": expected " + expected + ", found " + actual);
    }
  }
}
