/** Which files are the VM, at which point. Specification: FORMAT.md. */
@NullMarked
package dev.cairn.chain;

import org.jspecify.annotations.NullMarked;
