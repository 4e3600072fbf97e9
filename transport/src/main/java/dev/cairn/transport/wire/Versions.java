package dev.cairn.transport.wire;

import dev.cairn.store.RefusedException;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * The versions of the protocol that a side speaks: one row each, of four steps. A row is never
 * changed; a new version is a new row. Immutable.
 */
public final class Versions {
  /** What a side is in a session. */
  public enum Side {
    SOURCE,
    RECEIVER,
    /** The client that administers, and its server. */
    NEITHER
  }

  /** Looks at what the other one can do, before anything is changed. */
  @FunctionalInterface
  public interface Before {
    /**
     * Refuses, or does nothing.
     *
     * @throws RefusedException with both values
     */
    void check(Abilities own, Abilities other) throws RefusedException;
  }

  /** Translates what a version has in another form than the newest one. */
  @FunctionalInterface
  public interface After {
    Agreement translate(Agreement agreement);
  }

  /** One version's steps on each side. */
  public record Row(
      int version,
      Before beforeAtSource,
      After afterAtSource,
      Before beforeAtReceiver,
      After afterAtReceiver) {}

  private static final Row ONE =
      new Row(
          1,
          (own, other) -> requireRead(own, other),
          agreement -> agreement,
          (own, other) -> requireRead(other, own),
          agreement -> agreement);

  private final List<Row> rows;

  /**
   * Makes a table.
   *
   * @param rows at least one, of versions that follow each other
   */
  public Versions(List<Row> rows) {
    this.rows = List.copyOf(rows);
    for (int i = 0; i < rows.size(); i++) {
      if (rows.get(i).version() != rows.getFirst().version() + i) {
        throw new IllegalArgumentException("versions do not follow each other");
      }
    }
  }

  /** Returns those that this Cairn speaks. */
  public static Versions known() {
    return new Versions(List.of(ONE));
  }

  /** Returns the row of version 1, for a table with others. */
  public static Row one() {
    return ONE;
  }

  public VersionRange range() {
    return new VersionRange(rows.getFirst().version(), rows.getLast().version());
  }

  /**
   * Returns the version that is spoken with a peer: both compute the same.
   *
   * @throws RefusedException if there is none
   */
  public int choose(String peer, VersionRange other) throws RefusedException {
    VersionRange own = range();
    int version = Math.min(own.newest(), other.newest());
    if (version < own.oldest() || version < other.oldest()) {
      throw new RefusedException(
          "%s: protocol version: expected one of %s, found %s; use the newer Cairn at both ends"
              .formatted(peer, own, other));
    }
    return version;
  }

  /**
   * Computes what follows from both texts, and refuses what does not fit, as the other side does.
   *
   * @param version that was chosen
   * @param isServer which of both this side is
   * @throws RefusedException with both values
   */
  public Agreement agree(int version, Hello hello, Abilities server, boolean isServer)
      throws RefusedException {
    Abilities client = hello.abilities();
    Abilities own = isServer ? server : client;
    Abilities other = isServer ? client : server;
    Row row = rows.get(version - rows.getFirst().version());
    Side side = side(hello.role(), isServer);
    switch (side) {
      case SOURCE -> row.beforeAtSource().check(own, other);
      case RECEIVER -> row.beforeAtReceiver().check(own, other);
      case NEITHER -> {}
    }
    Agreement agreement =
        new Agreement(
            version,
            hello.role(),
            common("page sizes", own.pageSizes(), other.pageSizes()),
            common("codecs", own.codecs(), other.codecs()),
            Math.min(client.streams(), server.streams()),
            server.requests(),
            client.requests(),
            both(own.features(), other.features()));
    return switch (side) {
      case SOURCE -> row.afterAtSource().translate(agreement);
      case RECEIVER -> row.afterAtReceiver().translate(agreement);
      case NEITHER -> agreement;
    };
  }

  /** Returns what a side is. */
  public static Side side(Role client, boolean isServer) {
    return switch (client) {
      case PULL -> isServer ? Side.SOURCE : Side.RECEIVER;
      case SEND -> isServer ? Side.RECEIVER : Side.SOURCE;
      case ADMIN -> Side.NEITHER;
    };
  }

  /** What a source writes, the newest that it has, must be what the receiver reads. */
  private static void requireRead(Abilities source, Abilities receiver) throws RefusedException {
    requireRead("format of files", source.formats(), receiver.formats());
    requireRead("format of manifests", source.manifests(), receiver.manifests());
  }

  private static void requireRead(String what, VersionRange source, VersionRange receiver)
      throws RefusedException {
    if (!receiver.contains(source.newest())) {
      throw new RefusedException(
          "%s: the source writes version %d, the receiver reads %s; use the newer Cairn at both ends"
              .formatted(what, source.newest(), receiver));
    }
  }

  private static <T extends Comparable<T>> SortedSet<T> common(
      String what, SortedSet<T> own, SortedSet<T> other) throws RefusedException {
    SortedSet<T> common = both(own, other);
    if (common.isEmpty()) {
      throw new RefusedException(
          String.format(
              Locale.ROOT,
              "%s: expected one of %s, found %s; no chain fits both",
              what,
              own,
              other));
    }
    return common;
  }

  private static <T extends Comparable<T>> SortedSet<T> both(SortedSet<T> own, SortedSet<T> other) {
    SortedSet<T> both = new TreeSet<>(own);
    both.retainAll(other);
    return Collections.unmodifiableSortedSet(both);
  }
}
