/** Two hosts, a network that can be slow, far or cut, and peers that mean harm. */
@NullMarked
package dev.cairn.tests.hosts;

import org.jspecify.annotations.NullMarked;
