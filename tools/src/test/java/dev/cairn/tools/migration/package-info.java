@NullMarked
package dev.cairn.tools.migration;

import org.jspecify.annotations.NullMarked;
