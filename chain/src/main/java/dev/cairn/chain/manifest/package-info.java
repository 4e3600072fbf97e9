/** The manifest: a value, its text, its rules. */
@NullMarked
package dev.cairn.chain.manifest;

import org.jspecify.annotations.NullMarked;
