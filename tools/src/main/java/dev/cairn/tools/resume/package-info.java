/**
 * The source of an incoming QEMU: a restore point as a migration stream, by precopy or by postcopy.
 * States and orders are described in tools/QEMU.md, Resume.
 */
@NullMarked
package dev.cairn.tools.resume;

import org.jspecify.annotations.NullMarked;
