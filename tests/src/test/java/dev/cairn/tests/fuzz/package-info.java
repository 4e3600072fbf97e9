/** Hostile bytes for every decoder: a coverage-guided fuzzer, and a replay of what it found. */
@NullMarked
package dev.cairn.tests.fuzz;

import org.jspecify.annotations.NullMarked;
