/**
 * Where the memory of a restore point is read: in a chain that is here, or, while it is still
 * coming, over a link to the process that pulls it.
 */
@NullMarked
package dev.cairn.tools.memory;

import org.jspecify.annotations.NullMarked;
