package dev.cairn.chain.retention;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RetentionPolicyTest {
  private final List<RetentionPoint> points = new ArrayList<>();
  private ZoneId zone = ZoneOffset.UTC;

  private void add(String... times) {
    for (String time : times) {
      points.add(new RetentionPoint(points.size(), Instant.parse(time), "", false, false));
    }
  }

  private RetentionPlan plan(RetentionRules rules) {
    return new RetentionPolicy(rules, zone).plan(points);
  }

  private List<Long> kept(RetentionRules rules) {
    return plan(rules).kept().stream().map(kept -> kept.point().checkpoint()).toList();
  }

  private static RetentionRules daily(int count) {
    return RetentionRules.keep(new RetentionRules.Buckets(0, 0, 0, count));
  }

  private static RetentionRules hourly(int count) {
    return RetentionRules.keep(new RetentionRules.Buckets(0, 0, count, 0));
  }

  @Test
  void withoutARuleEverythingIsKept() {
    add("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z");
    assertEquals(List.of(0L, 1L), kept(RetentionRules.NONE));
    assertEquals(List.of(KeepReason.NO_RULE), plan(RetentionRules.NONE).kept().get(0).reasons());
  }

  @Test
  void theNewestOfEachBucketIsKept() {
    add("2026-01-01T01:00:00Z", "2026-01-01T23:00:00Z", "2026-01-02T01:00:00Z");
    assertEquals(List.of(1L, 2L), kept(daily(2)));
    assertEquals(List.of(points.get(0)), plan(daily(2)).forgotten());
  }

  @Test
  void onlyBucketsThatExistCount() {
    add("2025-01-01T01:00:00Z", "2025-06-01T23:00:00Z", "2026-01-02T01:00:00Z");
    assertEquals(List.of(1L, 2L), kept(daily(2)));
  }

  @Test
  void theOldestIsNotKeptForARuleThatLacksBuckets() {
    add("2026-01-01T01:00:00Z", "2026-01-01T23:00:00Z");
    assertEquals(List.of(1L), kept(daily(30)));
  }

  @Test
  void eachRuleGivesItsReason() {
    add("2026-01-01T01:00:00Z");
    RetentionRules all =
        new RetentionRules(1, new RetentionRules.Buckets(1, 1, 1, 1), Set.of("golden"));
    points.add(new RetentionPoint(1, Instant.EPOCH, "golden", true, true));
    assertEquals(
        List.of(
            KeepReason.TIP,
            KeepReason.PINNED,
            KeepReason.HELD,
            KeepReason.LABEL,
            KeepReason.LAST,
            KeepReason.SECONDLY,
            KeepReason.MINUTELY,
            KeepReason.HOURLY,
            KeepReason.DAILY),
        plan(all).kept().getLast().reasons());
  }

  @Test
  void tipPinsAndHoldsAreAlwaysKept() {
    add("2026-01-01T01:00:00Z");
    points.add(new RetentionPoint(1, Instant.EPOCH, "", true, false));
    points.add(new RetentionPoint(2, Instant.EPOCH, "", false, true));
    points.add(new RetentionPoint(3, Instant.EPOCH, "", false, false));
    RetentionRules other = new RetentionRules(0, RetentionRules.Buckets.NONE, Set.of("other"));
    assertEquals(List.of(1L, 2L, 3L), kept(other));
  }

  @Test
  void numbersGiveTheOrderWhenTimeRunsBackwards() {
    add("2026-01-03T00:00:00Z", "2026-01-02T00:00:00Z", "2026-01-01T00:00:00Z");
    assertEquals(List.of(1L, 2L), kept(RetentionRules.keepLast(2)));
    assertEquals(List.of(1L, 2L), kept(daily(2)));
  }

  @Test
  void aBucketThatTheClockCameBackToIsOne() {
    add("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", "2026-01-01T05:00:00Z");
    assertEquals(List.of(1L, 2L), kept(daily(30)));
  }

  @Test
  void daysBeginInTheZone() {
    add("2026-01-01T22:30:00Z", "2026-01-01T23:30:00Z");
    assertEquals(List.of(1L), kept(daily(2)));
    zone = ZoneId.of("Europe/Berlin");
    assertEquals(List.of(0L, 1L), kept(daily(2)));
  }

  @Test
  void theHourThatWinterTimeRepeatsIsTwoHours() {
    zone = ZoneId.of("Europe/Berlin");
    add("2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z");
    assertEquals(List.of(0L, 1L), kept(hourly(5)));
  }

  @Test
  void nonsenseIsRefused() {
    add("2026-01-01T00:00:00Z");
    points.add(points.getFirst());
    assertThrows(IllegalArgumentException.class, () -> plan(RetentionRules.NONE));
    assertThrows(IllegalArgumentException.class, () -> RetentionRules.keepLast(-1));
  }
}
