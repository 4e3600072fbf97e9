/** Tests of verbs, without a device and in the lab. */
@NullMarked
package dev.cairn.transport.verbs;

import org.jspecify.annotations.NullMarked;
