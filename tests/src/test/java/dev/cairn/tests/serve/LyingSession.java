package dev.cairn.tests.serve;

import dev.cairn.store.Id;
import dev.cairn.store.file.Crc;
import dev.cairn.transport.link.Link;
import dev.cairn.transport.link.LinkLostException;
import dev.cairn.transport.link.Requests;
import dev.cairn.transport.link.Service;
import dev.cairn.transport.wire.Message;
import dev.cairn.transport.wire.PageEntries;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.BooleanSupplier;

/**
 * Answers as another session does, but for PAGES when it lies: with bytes that nobody has stored,
 * and their own checksum, or as if they were zero. Thread-safe.
 *
 * @param inner says the truth
 * @param lies asked each time
 */
record LyingSession(Service.SessionService inner, BooleanSupplier lies)
    implements Service.SessionService {
  @Override
  public Requests ready(Link link) {
    Requests honest = inner.ready(link);
    return new Requests() {
      @Override
      public void fetch(int request, long file, long offset, int length) throws IOException {
        honest.fetch(request, file, offset, length);
      }

      @Override
      public void pages(int request, Id checkpoint, int block, long page, int count)
          throws IOException {
        if (!lies.getAsBoolean()) {
          honest.pages(request, checkpoint, block, page, count);
          return;
        }
        boolean plain = page % 2 == 0;
        try (Arena arena = Arena.ofShared()) {
          MemorySegment entries = arena.allocate((long) count * PageEntries.BYTES, 8);
          MemorySegment bytes =
              arena.allocate(plain ? (long) count * PostcopyTest.PAGE_SIZE : 0, 8).fill((byte) 7);
          MemorySegment one = arena.allocate(PostcopyTest.PAGE_SIZE, 8).fill((byte) 7);
          int crc = plain ? new Crc().of(one) : Crc.ofZeroPage(PostcopyTest.PAGE_SIZE);
          for (int i = 0; i < count; i++) {
            PageEntries.put(entries, i, plain ? PageEntries.PLAIN : PageEntries.ZERO, crc);
          }
          link.answerPages(request, entries, bytes);
        }
      }

      @Override
      public void other(int request, Message message) throws IOException {
        honest.other(request, message);
      }

      @Override
      public void notice(Message.Progress progress) {
        honest.notice(progress);
      }

      @Override
      public void lost(LinkLostException why) {
        honest.lost(why);
      }
    };
  }

  @Override
  public void ended() {
    inner.ended();
  }
}
