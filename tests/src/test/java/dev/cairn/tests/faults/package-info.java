/** Every call of every operation fails, in each way in which it can. */
@NullMarked
package dev.cairn.tests.faults;

import org.jspecify.annotations.NullMarked;
