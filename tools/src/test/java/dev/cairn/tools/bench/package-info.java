@NullMarked
package dev.cairn.tools.bench;

import org.jspecify.annotations.NullMarked;
