/** Hypervisors' memory images as sources and sinks of pages. */
@NullMarked
package dev.cairn.tools.image;

import org.jspecify.annotations.NullMarked;
