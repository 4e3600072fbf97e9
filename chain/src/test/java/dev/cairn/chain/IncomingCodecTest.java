package dev.cairn.chain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.cairn.chain.manifest.IncomingCodec;
import dev.cairn.chain.manifest.IncomingState;
import dev.cairn.store.CorruptFileException;
import dev.cairn.store.RefusedException;
import dev.cairn.store.StoreException;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** What is coming, as text. */
final class IncomingCodecTest {
  @Test
  void aStateIsOneTextAndNothingElseIsRead() throws IOException {
    ChainInMemory memory = new ChainInMemory(512);
    memory.checkpoint(new SparseMemory(512, 8).fill(1, 1), ChainInMemory.WHOLE);
    memory.checkpoint(new SparseMemory(512, 8).fill(1, 2), ChainInMemory.WHOLE);
    IncomingState.Coming coming;
    try (ChainSnapshot snapshot = memory.chain().snapshot()) {
      coming = IncomingState.Coming.of(ChainState.upTo(snapshot, 1, false));
    }
    IncomingState state =
        new IncomingState(
            true,
            List.of(
                new IncomingState.Source("a.b-c_1", "tls:host:7100"),
                new IncomingState.Source("t", "offer näme x")),
            Optional.of(coming));
    for (IncomingState each :
        List.of(
            state,
            new IncomingState(false, List.of(), Optional.empty()),
            state.withSources(List.of()))) {
      byte[] text = IncomingCodec.encode(each);
      assertEquals(each, IncomingCodec.decode("STATE", text));
      TreeSet<String> accepted = new TreeSet<>();
      for (int i = 0; i < text.length; i++) {
        byte[] changed = text.clone();
        changed[i] ^= 1;
        try {
          IncomingCodec.decode("STATE", changed);
          accepted.add(String.valueOf(i));
        } catch (CorruptFileException | RefusedException e) {
          // as it must be
        }
        if (i % 37 == 0) {
          assertThrows(
              StoreException.class,
              () -> IncomingCodec.decode("STATE", Arrays.copyOf(text, text.length - 5)));
        }
      }
      assertEquals(new TreeSet<>(), accepted);
    }
  }
}
