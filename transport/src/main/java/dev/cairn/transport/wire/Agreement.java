package dev.cairn.transport.wire;

import java.util.Collections;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What both sides have computed from HELLO and WELCOME. Immutable.
 *
 * @param version of the protocol that is spoken
 * @param role of the client
 * @param pageSizes that both take, bytes
 * @param codecs that both read
 * @param streams how many data links the session has
 * @param ofClient how many requests of the client may be outstanding on a link
 * @param ofServer how many of the server
 * @param features that may be used
 */
public record Agreement(
    int version,
    Role role,
    SortedSet<Integer> pageSizes,
    SortedSet<String> codecs,
    int streams,
    int ofClient,
    int ofServer,
    SortedSet<String> features) {
  public Agreement {
    pageSizes = Collections.unmodifiableSortedSet(new TreeSet<>(pageSizes));
    codecs = Collections.unmodifiableSortedSet(new TreeSet<>(codecs));
    features = Collections.unmodifiableSortedSet(new TreeSet<>(features));
  }
}
