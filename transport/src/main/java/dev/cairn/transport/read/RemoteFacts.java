package dev.cairn.transport.read;

import dev.cairn.store.DeviceState;
import dev.cairn.store.Id;
import dev.cairn.store.RamLayout;
import java.time.Instant;

/**
 * What is known of a point before any of its pages. Immutable.
 *
 * @param checkpoint its number
 * @param id its checkpoint id
 * @param chain id of its chain
 * @param label empty: none
 */
public record RemoteFacts(
    long checkpoint,
    Id id,
    Id chain,
    Instant time,
    String label,
    RamLayout layout,
    DeviceState deviceState) {}
