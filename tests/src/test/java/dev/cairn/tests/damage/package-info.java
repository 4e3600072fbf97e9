/** Every damage of a small store: found, or harmless; never wrong bytes. */
@NullMarked
package dev.cairn.tests.damage;

import org.jspecify.annotations.NullMarked;
