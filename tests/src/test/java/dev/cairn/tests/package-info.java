/** Whole journeys, with real peers. */
@NullMarked
package dev.cairn.tests;

import org.jspecify.annotations.NullMarked;
