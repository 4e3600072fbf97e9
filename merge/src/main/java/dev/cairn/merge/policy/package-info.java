/**
 * When to merge, pack, rewrite and move the base: pure functions over sizes; no files, no clock.
 */
@NullMarked
package dev.cairn.merge.policy;

import org.jspecify.annotations.NullMarked;
