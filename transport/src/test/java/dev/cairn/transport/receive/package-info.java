/** What a receiver fetches, over which link. */
@NullMarked
package dev.cairn.transport.receive;

import org.jspecify.annotations.NullMarked;
