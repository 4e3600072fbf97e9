/** QEMU's control protocol, and what is asked of a running QEMU by it. */
@NullMarked
package dev.cairn.tools.qmp;

import org.jspecify.annotations.NullMarked;
