/**
 * The demonstration with a real QEMU: a running guest is captured, and goes on from a past point of
 * it though the process that has its pages is killed.
 */
@NullMarked
package dev.cairn.tools.demo.qemu;

import org.jspecify.annotations.NullMarked;
