/** What links promise, over each carrier, and what servers and clients do with them. */
@NullMarked
package dev.cairn.transport.link;

import org.jspecify.annotations.NullMarked;
