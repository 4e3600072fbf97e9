/**
 * Firecracker's door: page faults of virtual machines answered out of a restore point, and the
 * keeper that holds their userfaultfds while no server runs (tools/UFFD.md).
 */
@NullMarked
package dev.cairn.tools.uffd;

import org.jspecify.annotations.NullMarked;
