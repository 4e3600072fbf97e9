/** The parts of a source that need no link. */
@NullMarked
package dev.cairn.transport.source;

import org.jspecify.annotations.NullMarked;
