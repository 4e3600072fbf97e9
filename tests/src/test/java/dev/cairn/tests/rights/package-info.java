/** Hostile names and rights: nothing outside a store is written. */
@NullMarked
package dev.cairn.tests.rights;

import org.jspecify.annotations.NullMarked;
