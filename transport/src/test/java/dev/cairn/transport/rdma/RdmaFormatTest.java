package dev.cairn.transport.rdma;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.transport.verbs.SpecTables;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Holds what transport/PROTOCOL.md says of RDMA against the code. */
final class RdmaFormatTest {
  @Test
  void theHeadIsThatOfTheProtocol() throws IOException {
    List<String> places =
        SpecTables.rows("PROTOCOL.md", "rdma-head").stream()
            .map(row -> row.get(0) + " " + row.get(2))
            .toList();
    assertEquals(
        List.of(
            RdmaFormat.KIND_AT + " kind",
            RdmaFormat.CREDITS_AT + " credits",
            RdmaFormat.RELEASED_AT + " released",
            RdmaFormat.ZERO_AT + " zero",
            RdmaFormat.LENGTH_AT + " length",
            RdmaFormat.RKEY_AT + " rkey"),
        places);
  }

  @Test
  void theKindsAreThoseOfTheProtocol() throws IOException {
    List<String> kinds =
        SpecTables.rows("PROTOCOL.md", "rdma-kinds").stream()
            .map(row -> Integer.decode(row.get(0)) + " " + row.get(1))
            .toList();
    assertEquals(
        List.of(
            RdmaFormat.BYTES + " BYTES",
            RdmaFormat.OFFER + " OFFER",
            RdmaFormat.RELEASE + " RELEASE",
            RdmaFormat.END + " END"),
        kinds);
  }

  @Test
  void theNumbersAreThoseOfTheProtocol() throws IOException {
    String spec = SpecTables.text("PROTOCOL.md");
    for (String said :
        List.of(
            "%d stages".formatted(RdmaFormat.STAGES),
            "%d buffers of %,d bytes".formatted(RdmaFormat.BUFFERS, RdmaFormat.BUFFER_BYTES),
            "1 to %,d |".formatted(RdmaFormat.MOST_BYTES),
            "1 to %,d, lie there".formatted(RdmaFormat.STAGE_BYTES),
            "The last %d are for RELEASE".formatted(RdmaFormat.RESERVE),
            "when %d stages or %d buffers are owed"
                .formatted(RdmaFormat.MANY_STAGES, RdmaFormat.MANY_CREDITS))) {
      assertTrue(spec.contains(said), said);
    }
  }

  @Test
  void anAnswerIsAGreetingOrNothing() {
    byte[] own = RdmaFormat.greeting();
    assertTrue(RdmaFormat.isAnswer(own));
    assertTrue(RdmaFormat.isAnswer(new byte[0]));
    assertTrue(RdmaFormat.isAnswer(new byte[196]));
    own[4]++;
    assertFalse(RdmaFormat.isAnswer(own));
    assertFalse(RdmaFormat.isAnswer(new byte[] {0, 0, 1}));
  }

  @Test
  void privateDataMayBePaddedAndAreOfOneVersion() {
    byte[] own = RdmaFormat.greeting();
    assertTrue(RdmaFormat.isGreeting(own));
    assertTrue(RdmaFormat.isGreeting(Arrays.copyOf(own, 56)));
    assertFalse(RdmaFormat.isGreeting(Arrays.copyOf(own, 5)));
    assertFalse(RdmaFormat.isGreeting(new byte[0]));
    own[4] = 2;
    assertFalse(RdmaFormat.isGreeting(own));
  }
}
