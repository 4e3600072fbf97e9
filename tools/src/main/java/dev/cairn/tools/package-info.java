/** The entry of the command line. */
@NullMarked
package dev.cairn.tools;

import org.jspecify.annotations.NullMarked;
