/** Rates by a clock that tests move. */
@NullMarked
package dev.cairn.transport.rate;

import org.jspecify.annotations.NullMarked;
