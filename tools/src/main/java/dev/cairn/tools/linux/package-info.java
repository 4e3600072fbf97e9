/** The native calls of the tools: what Linux has and the JDK has not. */
@NullMarked
package dev.cairn.tools.linux;

import org.jspecify.annotations.NullMarked;
