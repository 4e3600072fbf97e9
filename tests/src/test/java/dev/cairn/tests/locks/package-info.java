/** Who may do what at the same time, and what happens to a lock whose owner died. */
@NullMarked
package dev.cairn.tests.locks;

import org.jspecify.annotations.NullMarked;
