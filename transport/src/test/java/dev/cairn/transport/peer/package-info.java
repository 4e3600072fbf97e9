/** Names and rights of peers. */
@NullMarked
package dev.cairn.transport.peer;

import org.jspecify.annotations.NullMarked;
