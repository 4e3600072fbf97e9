/**
 * One server over one store: who comes is led to what serves its role, and what it does is told.
 */
@NullMarked
package dev.cairn.transport.serve;

import org.jspecify.annotations.NullMarked;
