package dev.cairn.transport.source;

import dev.cairn.store.Id;

/**
 * A point that is offered to a receiver. Immutable.
 *
 * @param chain its name here
 * @param point its number
 * @param checkpoint its id
 * @param only this point and no other
 * @param uri where it goes: the receiver is known by it
 */
public record Offer(String chain, long point, Id checkpoint, boolean only, String uri) {}
