/**
 * The demonstration: a guest process with real memory, its checkpoints while it runs, and a past
 * one of them brought to life in a second process.
 */
@NullMarked
package dev.cairn.tools.demo;

import org.jspecify.annotations.NullMarked;
