/** What a machine's memory and state are, and what can go wrong with a store. */
@NullMarked
package dev.cairn.store;

import org.jspecify.annotations.NullMarked;
