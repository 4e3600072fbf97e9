@NullMarked
package dev.cairn.tools.capture;

import org.jspecify.annotations.NullMarked;
