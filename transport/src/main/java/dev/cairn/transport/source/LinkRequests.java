package dev.cairn.transport.source;

import dev.cairn.store.CorruptFileException;
import dev.cairn.store.Id;
import dev.cairn.store.RamLayout;
import dev.cairn.transport.link.FailureException;
import dev.cairn.transport.link.Link;
import dev.cairn.transport.link.LinkLostException;
import dev.cairn.transport.link.Requests;
import dev.cairn.transport.pages.PageBounds;
import dev.cairn.transport.pages.PagePlaces;
import dev.cairn.transport.pages.PageWorker;
import dev.cairn.transport.wire.ErrorCode;
import dev.cairn.transport.wire.Message;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Answers FETCH and PAGES of one link, on the thread that has them: bulk of one link waits for its
 * own alone, and what is urgent has a link and so a thread that no bulk ever has.
 */
final class LinkRequests implements Requests {
  /** What goes in one piece where there is a rate: more would be a burst before what is urgent. */
  private static final int LIMITED_PIECE = 64 << 10;

  private final SourceSession session;
  private final Source source;
  private final Account account;
  private final Link link;
  private final boolean urgent;
  private volatile boolean lost;

  LinkRequests(SourceSession session, Link link, boolean urgent) {
    this.session = session;
    this.source = session.source();
    this.account = session.account();
    this.link = link;
    this.urgent = urgent;
  }

  @Override
  public void fetch(int request, long file, long offset, int length) throws IOException {
    try {
      send(request, held(file, offset, length), offset, length);
      source.counters().fetches.increment();
    } catch (IOException | RuntimeException e) {
      source.failed(e);
      throw e;
    }
  }

  private ServedHold.HeldFile held(long file, long offset, int length) throws FailureException {
    ServedHold.HeldFile held =
        session
            .holds()
            .file(file)
            .orElseThrow(
                () ->
                    FailureException.of(
                        ErrorCode.NO_SUCH,
                        "no file %016x of a hold that you have said".formatted(file)));
    if (length > held.length() - offset) {
      throw FailureException.of(
          ErrorCode.CANNOT_BE,
          "bytes of %016x".formatted(file),
          "within its " + held.length() + " bytes",
          length + " bytes at " + offset);
    }
    return held;
  }

  private void send(int request, ServedHold.HeldFile file, long offset, int length)
      throws IOException {
    int piece = account.isLimited() ? LIMITED_PIECE : Buffers.BYTES;
    Buffers.Buffer buffer = source.buffers().take();
    try {
      // The first is read before anything is said: most of what fails, fails here.
      for (int at = 0; at < length; at += piece) {
        MemorySegment bytes = read(buffer, file, offset + at, Math.min(piece, length - at));
        link.answerData(request, bytes, at + piece < length);
      }
    } finally {
      source.buffers().give(buffer);
    }
  }

  private MemorySegment read(
      Buffers.Buffer buffer, ServedHold.HeldFile file, long offset, int length) throws IOException {
    account.delay(length, this::isLost);
    if (lost) {
      throw new LinkLostException(link.name() + " has ended");
    }
    MemorySegment bytes = buffer.segment().asSlice(0, length);
    file.read(offset, bytes);
    source.counters().bytes.add(length);
    return bytes;
  }

  /** Where there is a rate, who is in debt waits, and is to be known to be gone meanwhile. */
  @Override
  public boolean answersWhileReading() {
    return urgent && !account.isLimited();
  }

  @Override
  public void pages(int request, Id checkpoint, int block, long page, int count)
      throws IOException {
    try (Pictures.Served served = session.point(checkpoint)) {
      RamLayout layout = served.view().layout();
      PageBounds.require(layout, block, page, count);
      long most = (long) count * layout.pageSize();
      if (!PageWorker.needsRoom(most)) {
        answer(request, served, block, page, count, MemorySegment.NULL);
        return;
      }
      try (MemoryBudget.Lease _ = account.memory().take(most);
          Arena arena = Arena.ofShared()) {
        answer(request, served, block, page, count, arena.allocate(most, 4096));
      }
    } catch (IOException | RuntimeException e) {
      source.failed(e);
      throw e;
    }
  }

  private void answer(
      int request, Pictures.Served served, int block, long page, int count, MemorySegment room)
      throws IOException {
    PageWorker worker = source.workers().take(served.view().layout().pageSize());
    try {
      long before = worker.reads();
      worker.read(PagePlaces.of(served.projection()), block, page, count, room);
      source.counters().pageReads.add(worker.reads() - before);
      MemorySegment bytes = worker.bytes();
      long sent = bytes.byteSize() + worker.entries().byteSize();
      if (urgent) {
        account.count(sent, this::isLost);
      } else {
        account.delay(sent, this::isLost);
      }
      link.answerPages(request, worker.entries(), bytes);
      source.counters().pages.add(count);
      source.counters().bytes.add(sent);
    } finally {
      source.workers().give(worker);
    }
  }

  @Override
  public void other(int request, Message message) throws IOException {
    if (!(message instanceof Message.Window window)) {
      throw FailureException.of(ErrorCode.CANNOT_BE, "not on this link");
    }
    try {
      window(request, window);
    } catch (CorruptFileException | RuntimeException e) {
      source.failed(e);
      throw e;
    }
  }

  /** To have none is no failure: the receiver asks for the bytes, and is told what is wrong. */
  private void window(int request, Message.Window wanted) throws IOException {
    ServedHold.HeldFile file = held(wanted.file(), wanted.offset(), wanted.length());
    if (account.isLimited() || !source.windows().isPossible()) {
      throw none("of bytes that have a rate, or on a machine that has none");
    }
    Windows.Mapping mapping = source.windows().map(account.windows(), file, wanted);
    try {
      link.answerWindow(request, mapping.bytes(), mapping::close);
    } catch (LinkLostException e) {
      throw e;
    } catch (IOException e) {
      source.windows().failed(e);
      throw none(String.valueOf(e.getMessage()));
    }
    source.counters().windows.increment();
    source.counters().bytes.add(mapping.bytes().byteSize());
  }

  private static FailureException none(String why) {
    return FailureException.of(ErrorCode.TOO_MUCH, "no window " + why);
  }

  private boolean isLost() {
    return lost;
  }

  @Override
  public void lost(LinkLostException why) {
    lost = true;
    account.wake();
  }
}
