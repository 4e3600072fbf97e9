/** A real kernel file system on a disk whose power is cut. */
@NullMarked
package dev.cairn.tests.powercut;

import org.jspecify.annotations.NullMarked;
