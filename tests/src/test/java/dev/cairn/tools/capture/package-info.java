/** What tests of other packages need of a capture without a QEMU. */
@NullMarked
package dev.cairn.tools.capture;

import org.jspecify.annotations.NullMarked;
