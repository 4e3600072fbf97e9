/** The guardian, without processes. */
@NullMarked
package dev.cairn.tools.guardian;

import org.jspecify.annotations.NullMarked;
