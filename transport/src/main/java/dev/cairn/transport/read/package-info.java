/**
 * Reads a point over links, page by page, while it is still coming to who answers
 * (transport/PROTOCOL.md, Who else reads): what was asked and has not come, and what has come and
 * was not read yet.
 */
@NullMarked
package dev.cairn.transport.read;

import org.jspecify.annotations.NullMarked;
