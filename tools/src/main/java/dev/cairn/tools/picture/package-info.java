/** Pictures of a chain: when which parts of its memory were written. */
@NullMarked
package dev.cairn.tools.picture;

import org.jspecify.annotations.NullMarked;
