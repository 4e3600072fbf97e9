/**
 * All native calls of this module: memory, page faults, dirty pages, holes of files, sockets and
 * processes.
 */
@NullMarked
package dev.cairn.tools.linux;

import org.jspecify.annotations.NullMarked;
