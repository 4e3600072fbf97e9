/** Tests of the parts of Firecracker's door that need no process. */
@NullMarked
package dev.cairn.tools.uffd;

import org.jspecify.annotations.NullMarked;
