package dev.cairn.chain;

import dev.cairn.store.file.FileName;
import java.util.List;

/**
 * What an examination of a chain found, and what can be saved. Immutable.
 *
 * @param findings all damage
 * @param edit goes back to the newest intact point and forgets older points that are damaged
 * @param lost points that are damaged or lie above the new tip
 * @param setAside files that are damaged or not reached any more
 * @param tainted files that stay in use but have damage in them
 */
public record Damage(
    List<Finding> findings,
    Edit.Repair edit,
    List<Long> lost,
    List<String> setAside,
    List<FileName> tainted) {
  public Damage {
    findings = List.copyOf(findings);
    lost = List.copyOf(lost);
    setAside = List.copyOf(setAside);
    tainted = List.copyOf(tainted);
  }
}
