/**
 * The guest always runs on: a small process beside a capture that sees to it, and what it does by
 * QMP (tools/QEMU.md, The guardian).
 */
@NullMarked
package dev.cairn.tools.guardian;

import org.jspecify.annotations.NullMarked;
