package dev.cairn.transport.receive;

import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.chain.manifest.IncomingState;
import dev.cairn.chain.manifest.Manifest;
import dev.cairn.chain.manifest.ManifestCodec;
import dev.cairn.store.BadInputException;
import dev.cairn.store.StoreException;
import dev.cairn.transport.link.Answer;
import dev.cairn.transport.link.Link;
import dev.cairn.transport.wire.Message;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/**
 * Asks a source on its control link, and waits for the answer. Whatever it answers is checked. For
 * one thread at a time.
 */
final class ControlLink {
  /** A file beyond this is no file of Cairn's: frames lie within 4 TiB, and metadata behind. */
  private static final long MOST_FILE_BYTES = 5L << 40;

  /** So far above its tip may the next number of a state to come lie. */
  private static final long MOST_NEXT = 1L << 32;

  private final Link link;

  ControlLink(Link link) {
    this.link = link;
  }

  /** Asks what a point would be. */
  Message.Seen look(boolean byId, String chain, String point) throws IOException {
    return expect(Message.Seen.class, ask(new Message.Look(byId, chain, point)).head());
  }

  /** Takes a hold, and returns the state to come. */
  IncomingState.Coming open(Message.Open open) throws IOException {
    Reply reply = ask(open);
    Message.Opened opened = expect(Message.Opened.class, reply.head());
    byte[] text = reply.bytes().array();
    if (text.length != opened.length()) {
      throw lies("a state to come of " + opened.length() + " bytes", text.length + " bytes");
    }
    Manifest manifest;
    try {
      manifest = ManifestCodec.decode(link.name() + ": the state to come", text);
    } catch (StoreException e) {
      throw new BadInputException(String.valueOf(e.getMessage()));
    }
    requireSane(manifest, opened);
    return IncomingState.Coming.of(manifest);
  }

  private void requireSane(Manifest manifest, Message.Opened opened) throws IOException {
    Manifest.Tip tip = new Manifest.Tip(opened.point(), opened.checkpoint());
    if (!manifest.tip().equals(Optional.of(tip))) {
      throw lies("a state that ends at " + tip, String.valueOf(manifest.tip()));
    }
    if (manifest.next() - opened.point() > MOST_NEXT) {
      throw lies("a next checkpoint near " + opened.point(), String.valueOf(manifest.next()));
    }
    if (manifest.generation() != 0
        || !manifest.marks().holds().isEmpty()
        || !manifest.marks().dropped().isEmpty()) {
      throw lies("a state without holds and generation", "generation " + manifest.generation());
    }
    for (FileEntry file : manifest.files()) {
      if (file.length() > MOST_FILE_BYTES) {
        throw lies("at most " + MOST_FILE_BYTES + " bytes of " + file.name(), "" + file.length());
      }
    }
  }

  private BadInputException lies(String expected, String actual) {
    return new BadInputException(link.name() + ": expected " + expected + ", found " + actual);
  }

  /** Goes on with a hold. */
  Message.Held hold(String token, String chain) throws IOException {
    return expect(Message.Held.class, ask(new Message.Hold(token, chain)).head());
  }

  /** Lets a hold go. */
  void release(String token, String chain) throws IOException {
    expect(Message.Released.class, ask(new Message.Release(token, chain)).head());
  }

  private <T extends Message> T expect(Class<T> type, Message answer) throws IOException {
    if (!type.isInstance(answer)) {
      throw lies(type.getSimpleName(), answer.getClass().getSimpleName());
    }
    return type.cast(answer);
  }

  /** An answer. Immutable. */
  private record Reply(Message head, ByteBuffer bytes) {}

  private Reply ask(Message request) throws IOException {
    CompletableFuture<Reply> reply = new CompletableFuture<>();
    link.ask(request, new Collector(reply));
    try {
      return reply.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException why) {
        why.addSuppressed(new IOException("asked here"));
        throw why;
      }
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while " + link.name() + " was asked");
    }
  }

  /** Puts an answer together; the state to come is bounded, and nothing else has bytes. */
  private static final class Collector implements Answer {
    private final CompletableFuture<Reply> reply;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private Message head = new Message.Released();
    private long most;

    Collector(CompletableFuture<Reply> reply) {
      this.reply = reply;
    }

    @Override
    public void head(Message message) {
      head = message;
      most = message instanceof Message.Opened opened ? opened.length() : 0;
    }

    @Override
    public void bytes(MemorySegment more) throws IOException {
      if (more.byteSize() > most - bytes.size()) {
        throw new IOException("expected " + most + " bytes, found more");
      }
      bytes.writeBytes(more.toArray(ValueLayout.JAVA_BYTE));
    }

    @Override
    public void done() {
      reply.complete(new Reply(head, ByteBuffer.wrap(bytes.toByteArray())));
    }

    @Override
    public void failed(IOException why) {
      reply.completeExceptionally(why);
    }
  }
}
