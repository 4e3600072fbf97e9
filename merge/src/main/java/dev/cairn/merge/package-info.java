/** Merging indexes, packing page data. */
@NullMarked
package dev.cairn.merge;

import org.jspecify.annotations.NullMarked;
