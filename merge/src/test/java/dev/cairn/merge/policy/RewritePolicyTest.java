package dev.cairn.merge.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class RewritePolicyTest {
  @Test
  void aLayerIsDueOnceHalfOfItsPointsAreForgotten() {
    assertEquals(
        List.of(1, 2, 4),
        new RewritePolicy()
            .due(
                List.of(
                    new LayerPoints(5, 3),
                    new LayerPoints(4, 2),
                    new LayerPoints(1, 0),
                    new LayerPoints(1, 1),
                    new LayerPoints(5, 2))));
  }

  @Test
  void aLayerThatListsNothingIsNeverDue() {
    assertEquals(List.of(), new RewritePolicy().due(List.of(new LayerPoints(0, 0))));
  }
}
