package dev.cairn.merge.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class BasePolicyTest {
  private final BasePolicy policy = new BasePolicy();

  @Test
  void theBaseMovesToTheOldestPointOnceHalfOfItIsUnseen() {
    assertEquals(OptionalLong.empty(), policy.moveTo(new BaseUse(0, 100, 49, 7)));
    assertEquals(OptionalLong.of(7), policy.moveTo(new BaseUse(0, 100, 50, 7)));
  }

  @Test
  void aBaseThatAPointNeedsStays() {
    assertEquals(OptionalLong.empty(), policy.moveTo(new BaseUse(7, 0, 0, 7)));
    assertEquals(OptionalLong.empty(), policy.moveTo(new BaseUse(0, 0, 0, 7)));
  }
}
