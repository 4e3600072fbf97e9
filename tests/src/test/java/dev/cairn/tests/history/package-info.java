/** Whole histories of a store: random ones against a model, races, crashes, full disks. */
@NullMarked
package dev.cairn.tests.history;

import org.jspecify.annotations.NullMarked;
