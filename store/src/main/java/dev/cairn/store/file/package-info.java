/** The bytes of one file: base images, layers, page files. Specification: FORMAT.md. */
@NullMarked
package dev.cairn.store.file;

import org.jspecify.annotations.NullMarked;
