/** A chain as one page that a person reads: {@code cairn report}. */
@NullMarked
package dev.cairn.tools.report;

import org.jspecify.annotations.NullMarked;
