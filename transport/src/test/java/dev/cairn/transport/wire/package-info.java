/** The bytes of the protocol against transport/PROTOCOL.md and its golden frames. */
@NullMarked
package dev.cairn.transport.wire;

import org.jspecify.annotations.NullMarked;
