package dev.cairn.transport.receive;

import dev.cairn.store.Id;

/**
 * What was received. Immutable.
 *
 * @param chain its name here
 * @param files how many files this chain did not have; 0 if the point was here already
 * @param fetchedBytes how many bytes came
 */
public record Received(String chain, long point, Id checkpoint, int files, long fetchedBytes) {}
