/**
 * The pages of a point whose files are still coming: which are here, who is asked for those that
 * are not, and how others on this host get them. transport/PROTOCOL.md, Pages.
 */
@NullMarked
package dev.cairn.transport.pages;

import org.jspecify.annotations.NullMarked;
