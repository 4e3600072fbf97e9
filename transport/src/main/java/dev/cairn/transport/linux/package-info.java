/** All native calls of this module: one, that tells a user's number. */
@NullMarked
package dev.cairn.transport.linux;

import org.jspecify.annotations.NullMarked;
