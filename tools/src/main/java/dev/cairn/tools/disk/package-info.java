/**
 * A machine's disks at the moment of a checkpoint. Cairn stores no disks: somebody else takes the
 * picture while the machine stands still, and the point remembers its name.
 */
@NullMarked
package dev.cairn.tools.disk;

import org.jspecify.annotations.NullMarked;
