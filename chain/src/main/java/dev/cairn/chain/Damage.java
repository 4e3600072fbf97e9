package dev.cairn.chain;

import dev.cairn.chain.manifest.PointSet;
import dev.cairn.store.file.FileName;
import java.util.List;

/**
 * What can be saved of a damaged chain. Immutable.
 *
 * @param edit goes back to the newest intact point and forgets older points that are damaged
 * @param lost points that are damaged or lie above the new tip
 * @param setAside files that are damaged or not reached any more
 * @param tainted files that stay in use but have damage in them
 */
public record Damage(
    Edit.Repair edit, PointSet lost, List<FileName> setAside, List<FileName> tainted) {
  public Damage {
    setAside = List.copyOf(setAside);
    tainted = List.copyOf(tainted);
  }
}
