/**
 * Links between hosts, and the sessions that they make up (transport/PROTOCOL.md): what a link
 * promises, over whatever carries it; who opens them, who lets them in, and who they belong to.
 */
@NullMarked
package dev.cairn.transport.link;

import org.jspecify.annotations.NullMarked;
