package dev.cairn.transport.source;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.cairn.transport.link.FailureException;
import dev.cairn.transport.wire.ErrorCode;
import org.junit.jupiter.api.Test;

/** How much memory answers may have. */
class MemoryBudgetTest {
  private final MemoryBudget whole = new MemoryBudget(100);

  private static void refuses(MemoryBudget budget, long bytes) {
    FailureException failure = assertThrows(FailureException.class, () -> budget.take(bytes));
    assertEquals(ErrorCode.TOO_MUCH, failure.code());
  }

  @Test
  void aClientHasItsPartAndGivesItBack() throws FailureException {
    MemoryBudget client = whole.part(40);
    MemoryBudget.Lease first = client.take(30);
    refuses(client, 11);
    MemoryBudget.Lease second = client.take(10);
    first.close();
    client.take(30).close();
    second.close();
  }

  @Test
  void allTogetherHaveABoundToo() throws FailureException {
    MemoryBudget.Lease first = whole.part(80).take(80);
    MemoryBudget other = whole.part(80);
    refuses(other, 21);
    MemoryBudget.Lease second = other.take(20);
    first.close();
    second.close();
    other.take(80).close(); // what was refused was not counted
  }

  @Test
  void whatIsAloneMayBeLarger() throws FailureException {
    MemoryBudget client = whole.part(40);
    try (MemoryBudget.Lease _ = client.take(1000)) {
      refuses(client, 1);
      refuses(whole.part(40), 1);
    }
    client.take(1000).close();
  }
}
