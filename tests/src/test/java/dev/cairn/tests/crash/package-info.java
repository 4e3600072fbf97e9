/** What a power cut may leave of a store, state by state, and whether anything is lost in it. */
@NullMarked
package dev.cairn.tests.crash;

import org.jspecify.annotations.NullMarked;
