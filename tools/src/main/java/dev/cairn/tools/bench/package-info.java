/** The measurements of DESIGN.md §7, each against a floor of the same run. */
@NullMarked
package dev.cairn.tools.bench;

import org.jspecify.annotations.NullMarked;
