/** Real, unmodified QEMUs with real guests: what is captured from them and resumed into them. */
@NullMarked
package dev.cairn.tests.qemu;

import org.jspecify.annotations.NullMarked;
