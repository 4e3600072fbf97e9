/**
 * The receiving side (transport/PROTOCOL.md, Pull, Send, Bulk): asks for every byte, and makes it
 * the chain's.
 */
@NullMarked
package dev.cairn.transport.receive;

import org.jspecify.annotations.NullMarked;
