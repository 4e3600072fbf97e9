package dev.cairn.tests.history;

import dev.cairn.store.file.FrameCodec;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Disabled;
import org.junit.jupiter.api.Test;

/** The smallest histories that show a bug which is not repaired yet. */
class HistoryKnownBugsTest {
  private static final Op.Form FORM = new Op.Form(true, FrameCodec.PLAIN, "");

  private static Op point(String chain) {
    return new Op.Checkpoint(chain, FORM, List.of());
  }

  private static Op first() {
    return new Op.Checkpoint(
        "vm", new Op.Form(false, FrameCodec.PLAIN, ""), List.of(new Op.Length("pc.ram", 8)));
  }

  @Disabled("bug: LayerMerger.folded goes to the name's last checkpoint, not to THROUGH")
  @Test
  void rewritingACappedLayerKeepsWhatWasSaidOfPointsAboveTheCap() throws IOException {
    History history = History.of(1).bold();
    history.apply(
        List.of(
            first(),
            point("vm"),
            point("vm"),
            point("vm"),
            new Op.Compact("vm"),
            new Op.Fork("vm", 1, "other"),
            point("other"),
            point("other"),
            point("other"),
            new Op.Forget("other", 2, 2),
            new Op.Label("other", 3, "mine"),
            new Op.MergeRun("other", 0, 1, List.of())));
    history.checkAll();
  }

  @Disabled("bug: ManifestEditor.forget of a chain without points breaks a manifest rule")
  @Test
  void forgettingInAnEmptyChainDoesNothing() throws IOException {
    RealStore real = new RealStore(1, Maintenance.MERGER);
    real.create("vm");
    real.perform(new Op.Forget("vm", 0, 3), Machine.NONE);
  }
}
