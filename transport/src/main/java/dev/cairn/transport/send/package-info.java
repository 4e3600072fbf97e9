/** A point goes to another host: it is offered there, and fetched from there. */
@NullMarked
package dev.cairn.transport.send;

import org.jspecify.annotations.NullMarked;
