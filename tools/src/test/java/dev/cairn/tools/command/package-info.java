@NullMarked
package dev.cairn.tools.command;

import org.jspecify.annotations.NullMarked;
