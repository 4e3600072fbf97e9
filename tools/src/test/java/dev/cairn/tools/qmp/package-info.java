@NullMarked
package dev.cairn.tools.qmp;

import org.jspecify.annotations.NullMarked;
