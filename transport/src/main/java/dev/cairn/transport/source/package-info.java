/**
 * The side that has a chain (transport/PROTOCOL.md): answers what a receiver asks for, be it of a
 * server or of who sends. What it keeps for a receiver is a hold in the chain's manifest.
 */
@NullMarked
package dev.cairn.transport.source;

import org.jspecify.annotations.NullMarked;
