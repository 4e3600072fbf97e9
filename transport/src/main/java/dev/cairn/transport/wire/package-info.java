/**
 * Everything of transport/PROTOCOL.md that is bytes: preamble, frames, messages, greetings, and
 * what both sides compute from them. Nothing here opens a socket or knows a chain.
 */
@NullMarked
package dev.cairn.transport.wire;

import org.jspecify.annotations.NullMarked;
