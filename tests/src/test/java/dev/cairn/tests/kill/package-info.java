/** Real processes that are killed: nothing that was acknowledged is lost. */
@NullMarked
package dev.cairn.tests.kill;

import org.jspecify.annotations.NullMarked;
