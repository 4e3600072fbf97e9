/** Who is who: names of peers, and what they may do. Nothing here knows links or chains. */
@NullMarked
package dev.cairn.transport.peer;

import org.jspecify.annotations.NullMarked;
