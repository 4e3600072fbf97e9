/** Chains and pages between hosts. */
@NullMarked
package dev.cairn.transport;

import org.jspecify.annotations.NullMarked;
