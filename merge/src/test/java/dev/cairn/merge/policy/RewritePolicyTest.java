package dev.cairn.merge.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RewritePolicyTest {
  @ParameterizedTest
  @CsvSource({
    "5, 3, false",
    "4, 2, true",
    "1, 0, true",
    "1, 1, false",
    "5, 2, true",
    "0, 0, false"
  })
  void aLayerIsDueOnceHalfOfItsPointsAreForgotten(long listed, long retained, boolean due) {
    assertEquals(due, new RewritePolicy().isDue(new LayerPoints(listed, retained)));
  }
}
