/** The source side of transfers between hosts, over real links within one JVM, and its commands. */
@NullMarked
package dev.cairn.tests.serve;

import org.jspecify.annotations.NullMarked;
