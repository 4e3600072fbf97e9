/** All native calls of this module: memory, page faults and dirty pages of Linux processes. */
@NullMarked
package dev.cairn.tools.linux;

import org.jspecify.annotations.NullMarked;
