/** What {@code cairn dist} makes, as whoever installs it has it. */
@NullMarked
package dev.cairn.tests.dist;

import org.jspecify.annotations.NullMarked;
