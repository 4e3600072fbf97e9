/** Which points to keep: restic's words, as pure functions; no files, no clock. */
@NullMarked
package dev.cairn.chain.retention;

import org.jspecify.annotations.NullMarked;
