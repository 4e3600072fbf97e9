/** The commands, one class each. */
@NullMarked
package dev.cairn.tools.command;

import org.jspecify.annotations.NullMarked;
