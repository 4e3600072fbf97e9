/**
 * QEMU's migration stream: one codec for files, captures and resumes. What it is made of is said in
 * tools/QEMU.md; nothing here decides what is done with it.
 */
@NullMarked
package dev.cairn.tools.migration;

import org.jspecify.annotations.NullMarked;
