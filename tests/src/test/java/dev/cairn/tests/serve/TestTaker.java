package dev.cairn.tests.serve;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.chain.manifest.Manifest;
import dev.cairn.chain.manifest.ManifestCodec;
import dev.cairn.store.Id;
import dev.cairn.transport.link.FailureException;
import dev.cairn.transport.link.Link;
import dev.cairn.transport.link.Requests;
import dev.cairn.transport.link.Service;
import dev.cairn.transport.link.Session;
import dev.cairn.transport.wire.ErrorCode;
import dev.cairn.transport.wire.Message;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Takes what is sent into memory, and may cut or refuse it: the receiver of a send, made by hand.
 * One session at a time.
 */
final class TestTaker implements Service {
  private static final String TOKEN = "taker";

  private final int cuts;
  private final Optional<ErrorCode> refusal;
  private final Map<FileEntry, byte[]> files = new HashMap<>();
  private final List<Message> said = new ArrayList<>();
  private Optional<Manifest> coming = Optional.empty();
  private int sessions;

  /**
   * @param cuts so many times the link is cut behind the first file of a session
   * @param refusal with what an offer is answered when its files are here
   */
  TestTaker(int cuts, Optional<ErrorCode> refusal) {
    this.cuts = cuts;
    this.refusal = refusal;
  }

  Map<FileEntry, byte[]> files() {
    return files;
  }

  /** Returns what was answered on control links. */
  List<Message> said() {
    return said;
  }

  int sessions() {
    return sessions;
  }

  @Override
  public SessionService open(Session session) {
    sessions++;
    CountDownLatch data = new CountDownLatch(1);
    return new SessionService() {
      @Override
      public Requests ready(Link link) {
        switch (link.kind()) {
          case CONTROL, URGENT -> {}
          case DATA -> data.countDown();
        }
        return new Taking(session, link, data);
      }

      @Override
      public void ended() {}
    };
  }

  private final class Taking implements Requests {
    private final Session session;
    private final Link control;
    private final CountDownLatch data;

    Taking(Session session, Link control, CountDownLatch data) {
      this.session = session;
      this.control = control;
      this.data = data;
    }

    @Override
    public void fetch(int request, long file, long offset, int length) throws IOException {
      throw new IOException("not a source");
    }

    @Override
    public void pages(int request, Id checkpoint, int block, long page, int count)
        throws IOException {
      throw new IOException("not a source");
    }

    @Override
    public void other(int request, Message message) throws IOException {
      Message.Offer offer = (Message.Offer) message;
      if (said.isEmpty()) {
        requireNothingElseIsServed();
      }
      Manifest manifest = hold();
      for (FileEntry entry : manifest.files()) {
        if (!files.containsKey(entry)) {
          files.put(entry, fetch(entry));
          control.notice(new Message.Progress(files.size(), manifest.files().size()));
          if (sessions <= cuts) {
            control.close();
            return;
          }
        }
      }
      if (refusal.isPresent()) {
        throw new FailureException(new Message.Failure(refusal.get(), "not this one", "", "", ""));
      }
      control.answer(request, new Message.Taken(offer.point(), offer.checkpoint()));
    }

    private Manifest hold() throws IOException {
      if (coming.isPresent()) {
        said.add(TestReceiver.ask(control, new Message.Hold(TOKEN, "")).head());
        return coming.get();
      }
      TestReceiver.Answered opened =
          TestReceiver.ask(control, new Message.Open(TOKEN, false, false, "", ""));
      said.add(opened.head());
      coming = Optional.of(ManifestCodec.decode("the state to come", opened.stream()));
      return coming.get();
    }

    private void requireNothingElseIsServed() {
      TestReceiver.refused(
          ErrorCode.NO_SUCH,
          () -> TestReceiver.ask(control, new Message.Open("x", false, false, "vm", "latest")));
      TestReceiver.refused(
          ErrorCode.CANNOT_BE, () -> TestReceiver.ask(control, new Message.Release(TOKEN, "")));
      TestReceiver.refused(
          ErrorCode.NO_SUCH, () -> TestReceiver.ask(control, new Message.Point(new Id(1, 2))));
    }

    private byte[] fetch(FileEntry entry) throws IOException {
      try {
        assertTrue(data.await(60, TimeUnit.SECONDS), "a data link");
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
      byte[] bytes = new byte[(int) entry.length()];
      for (int at = 0; at < bytes.length; at += Message.MOST_FETCH) {
        int length = Math.min(Message.MOST_FETCH, bytes.length - at);
        Link link = session.data().getFirst();
        System.arraycopy(
            TestReceiver.fetch(link, entry.fileId(), at, length), 0, bytes, at, length);
      }
      return bytes;
    }
  }
}
