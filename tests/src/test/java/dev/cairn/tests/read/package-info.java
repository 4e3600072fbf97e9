/** Readers of a point that is still coming, against an owner of the pull that the tests make. */
@NullMarked
package dev.cairn.tests.read;

import org.jspecify.annotations.NullMarked;
