/**
 * Continuous capture: from a running, unmodified QEMU to restore points. What its modes say to QEMU
 * and where the guest stands then is in tools/QEMU.md.
 */
@NullMarked
package dev.cairn.tools.capture;

import org.jspecify.annotations.NullMarked;
