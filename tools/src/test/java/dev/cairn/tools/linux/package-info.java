@NullMarked
package dev.cairn.tools.linux;

import org.jspecify.annotations.NullMarked;
