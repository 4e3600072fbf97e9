package dev.cairn.transport.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.store.RefusedException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** What both sides compute. */
final class VersionsTest {
  /** Version 1, and versions that a later Cairn might speak. */
  public static Versions upTo(int oldest, int newest) {
    Versions.Row one = Versions.one();
    List<Versions.Row> rows =
        java.util.stream.IntStream.rangeClosed(oldest, newest)
            .mapToObj(
                version ->
                    new Versions.Row(
                        version,
                        one.beforeAtSource(),
                        one.afterAtSource(),
                        one.beforeAtReceiver(),
                        one.afterAtReceiver()))
            .toList();
    return new Versions(rows);
  }

  private static Hello hello(Role role, Abilities abilities) {
    return new Hello(role, LinkKind.CONTROL, Optional.empty(), abilities, Optional.empty());
  }

  private static Abilities formats(int oldest, int newest) {
    Abilities a = Samples.abilities();
    return new Abilities(
        new VersionRange(oldest, newest),
        a.manifests(),
        a.pageSizes(),
        a.codecs(),
        a.streams(),
        a.requests(),
        a.features(),
        a.software());
  }

  @Test
  void theLowerOfTheNewestIsSpoken() throws RefusedException {
    assertEquals(1, upTo(1, 2).choose("p", new VersionRange(1, 1)));
    assertEquals(1, Versions.known().choose("p", new VersionRange(1, 2)));
    assertEquals(2, upTo(1, 3).choose("p", new VersionRange(2, 2)));
  }

  @Test
  void rangesWithoutACommonVersionAreRefusedWithBoth() {
    for (int[] pair : new int[][] {{1, 1, 2, 3}, {2, 3, 1, 1}}) {
      RefusedException e =
          assertThrows(
              RefusedException.class,
              () -> upTo(pair[0], pair[1]).choose("p", new VersionRange(pair[2], pair[3])));
      String says = String.valueOf(e.getMessage());
      assertTrue(says.contains(pair[0] + "-" + pair[1]), says);
      assertTrue(says.contains(pair[2] + "-" + pair[3]), says);
    }
  }

  @Test
  void whatTheSourceWritesMustBeWhatTheReceiverReads() throws RefusedException {
    Versions versions = Versions.known();
    // The server is the source of a pull.
    for (boolean isServer : new boolean[] {true, false}) {
      RefusedException e =
          assertThrows(
              RefusedException.class,
              () -> versions.agree(1, hello(Role.PULL, formats(1, 1)), formats(1, 2), isServer));
      String says = String.valueOf(e.getMessage());
      assertTrue(says.contains("writes version 2") && says.contains("reads 1-1"), says);
      assertThrows(
          RefusedException.class,
          () -> versions.agree(1, hello(Role.SEND, formats(1, 2)), formats(1, 1), isServer));
      versions.agree(1, hello(Role.PULL, formats(1, 2)), formats(1, 1), isServer);
      versions.agree(1, hello(Role.SEND, formats(1, 1)), formats(1, 2), isServer);
      versions.agree(1, hello(Role.ADMIN, formats(1, 1)), formats(1, 2), isServer);
    }
  }

  @Test
  void bothSidesComputeTheSame() throws RefusedException {
    Abilities few =
        new Abilities(
            new VersionRange(1, 1),
            new VersionRange(1, 1),
            new TreeSet<>(Set.of(4096, 16384)),
            new TreeSet<>(Set.of("plain", "later")),
            2,
            8,
            new TreeSet<>(Set.of("a", "b")),
            "");
    Hello hello = hello(Role.PULL, few);
    Agreement client = Versions.known().agree(1, hello, Samples.abilities(), false);
    assertEquals(client, Versions.known().agree(1, hello, Samples.abilities(), true));
    assertEquals(Set.of("plain"), client.codecs());
    assertEquals(Set.of(4096), client.pageSizes());
    assertEquals(Set.of(), client.features());
    assertEquals(2, client.streams());
    assertEquals(64, client.ofClient());
    assertEquals(8, client.ofServer());
  }

  @Test
  void nothingInCommonIsRefusedWithBoth() {
    Abilities other =
        new Abilities(
            new VersionRange(1, 1),
            new VersionRange(1, 1),
            new TreeSet<>(Set.of(16384)),
            new TreeSet<>(Set.of("plain")),
            2,
            8,
            new TreeSet<>(),
            "");
    RefusedException e =
        assertThrows(
            RefusedException.class,
            () -> Versions.known().agree(1, hello(Role.PULL, other), Samples.abilities(), true));
    String says = String.valueOf(e.getMessage());
    assertTrue(says.contains("[4096]") && says.contains("[16384]"), says);
  }
}
