package dev.cairn.transport.receive;

import dev.cairn.store.Id;

/**
 * What was received. Immutable.
 *
 * @param chain its name here
 * @param wasHere whether the point was here already
 * @param files how many files this chain did not have
 * @param fetchedBytes how many bytes came
 */
public record Received(
    String chain, long point, Id checkpoint, boolean wasHere, int files, long fetchedBytes) {}
