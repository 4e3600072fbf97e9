/** All native calls of this module: memory, page faults, dirty pages and holes of files. */
@NullMarked
package dev.cairn.tools.linux;

import org.jspecify.annotations.NullMarked;
