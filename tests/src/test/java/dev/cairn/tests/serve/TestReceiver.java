package dev.cairn.tests.serve;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.chain.manifest.Manifest;
import dev.cairn.chain.manifest.ManifestCodec;
import dev.cairn.store.Id;
import dev.cairn.transport.link.Answer;
import dev.cairn.transport.link.ClientSettings;
import dev.cairn.transport.link.Endpoint;
import dev.cairn.transport.link.FailureException;
import dev.cairn.transport.link.Link;
import dev.cairn.transport.link.LinkEvents;
import dev.cairn.transport.link.LinkGroup;
import dev.cairn.transport.link.LinkLostException;
import dev.cairn.transport.link.LinkSettings;
import dev.cairn.transport.link.Outcome;
import dev.cairn.transport.link.Requests;
import dev.cairn.transport.wire.Abilities;
import dev.cairn.transport.wire.ErrorCode;
import dev.cairn.transport.wire.Message;
import dev.cairn.transport.wire.PageEntries;
import dev.cairn.transport.wire.Role;
import dev.cairn.transport.wire.Versions;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A client that asks one thing after the other, and waits for each answer. Thread-safe. */
final class TestReceiver implements AutoCloseable {
  private static final long DEADLINE_SECONDS = 60;

  /** An answer with its stream. Never compared. */
  @SuppressWarnings("ArrayRecordComponent")
  record Answered(Message head, byte[] stream) {}

  /** Pages with their entries. Never compared. */
  @SuppressWarnings("ArrayRecordComponent")
  record Pages(int[] kinds, int[] crcs, byte[] bytes) {}

  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private final CountDownLatch lost = new CountDownLatch(1);
  private final CountDownLatch ready;
  private final LinkGroup group;

  TestReceiver(Endpoint endpoint) throws IOException {
    this(endpoint, Role.PULL, 2);
  }

  TestReceiver(Endpoint endpoint, Role role, int streams) throws IOException {
    // Control, urgent, and the data links.
    ready = new CountDownLatch(role == Role.ADMIN ? 1 : 2 + streams);
    group =
        LinkGroup.open(
            endpoint,
            role,
            LinkSettings.standard(timer, LinkEvents.NONE),
            new ClientSettings(
                Abilities.standard(streams, "test"), Versions.known(), Optional.empty()),
            new LinkGroup.Events() {
              @Override
              public Requests ready(Link link) {
                ready.countDown();
                return new Silent();
              }

              @Override
              public void lost(LinkLostException why) {
                lost.countDown();
              }
            });
    await(ready);
  }

  private static void await(CountDownLatch latch) {
    try {
      assertTrue(latch.await(DEADLINE_SECONDS, TimeUnit.SECONDS), "in time");
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** Asks for nothing. */
  private static final class Silent implements Requests {
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
      throw new IOException("not a source");
    }
  }

  /** Waits until the server has ended the session. */
  void awaitLost() {
    await(lost);
  }

  LinkGroup group() {
    return group;
  }

  Answered ask(Message message) throws IOException {
    return ask(group.control(), message);
  }

  static Answered ask(Link link, Message message) throws IOException {
    CompletableFuture<Answered> future = new CompletableFuture<>();
    link.ask(message, new Collected(future));
    return get(future);
  }

  /** Asks what is refused. */
  FailureException refused(ErrorCode code, Message message) {
    return refused(code, () -> ask(message));
  }

  /** What is tried. */
  @FunctionalInterface
  interface Trial {
    void run() throws IOException;
  }

  static FailureException refused(ErrorCode code, Trial trial) {
    FailureException failure = assertThrows(FailureException.class, trial::run);
    assertTrue(failure.code() == code, () -> failure.code() + ": " + failure.getMessage());
    return failure;
  }

  Message.Seen look(String chain, String point) throws IOException {
    return (Message.Seen) ask(new Message.Look(false, chain, point)).head();
  }

  /** Opens, and reads the state to come. */
  Manifest open(String token, String chain, String point) throws IOException {
    return open(new Message.Open(token, false, false, chain, point));
  }

  Manifest open(Message.Open open) throws IOException {
    Answered answered = ask(open);
    Message.Opened opened = (Message.Opened) answered.head();
    assertTrue(opened.length() == answered.stream().length, "length of the state to come");
    Manifest manifest = ManifestCodec.decode("the state to come", answered.stream());
    assertTrue(manifest.tip().orElseThrow().number() == opened.point(), "tip");
    assertTrue(manifest.tip().orElseThrow().id().equals(opened.checkpoint()), "tip's id");
    return manifest;
  }

  Message.Held hold(String token, String chain) throws IOException {
    return (Message.Held) ask(new Message.Hold(token, chain)).head();
  }

  void release(String token, String chain) throws IOException {
    Message head = ask(new Message.Release(token, chain)).head();
    assertTrue(head instanceof Message.Released, head::toString);
  }

  byte[] fetch(long file, long offset, int length) throws IOException {
    return fetch(group.data().getFirst(), file, offset, length);
  }

  static byte[] fetch(Link link, long file, long offset, int length) throws IOException {
    CompletableFuture<Boolean> future = new CompletableFuture<>();
    try (Arena arena = Arena.ofShared()) {
      MemorySegment into = arena.allocate(length);
      link.fetch(file, offset, into, outcome(future));
      get(future);
      return into.toArray(ValueLayout.JAVA_BYTE);
    }
  }

  /** Asks for pages on the urgent link. */
  Pages pages(Id checkpoint, int block, long page, int count) throws IOException {
    return pages(group.urgent().orElseThrow(), checkpoint, block, page, count);
  }

  Pages pages(Link link, Id checkpoint, int block, long page, int count) throws IOException {
    CompletableFuture<Boolean> future = new CompletableFuture<>();
    try (Arena arena = Arena.ofShared()) {
      MemorySegment entries = arena.allocate((long) count * PageEntries.BYTES);
      MemorySegment into = arena.allocate((long) count * 4096);
      link.fetchPages(
          new Message.Pages(checkpoint, page, block, count), entries, into, outcome(future));
      get(future);
      int[] kinds = new int[count];
      int[] crcs = new int[count];
      for (int i = 0; i < count; i++) {
        kinds[i] = PageEntries.kind(entries, i);
        crcs[i] = PageEntries.crc(entries, i);
      }
      long bytes = PageEntries.plain(entries, count) * 4096L;
      return new Pages(kinds, crcs, into.asSlice(0, bytes).toArray(ValueLayout.JAVA_BYTE));
    }
  }

  private static Outcome outcome(CompletableFuture<Boolean> future) {
    return new Outcome() {
      @Override
      public void done() {
        future.complete(true);
      }

      @Override
      public void failed(IOException why) {
        future.completeExceptionally(why);
      }
    };
  }

  private static <T> T get(CompletableFuture<T> future) throws IOException {
    try {
      return future.get(DEADLINE_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException told) {
        throw told;
      }
      throw new AssertionError(e);
    } catch (InterruptedException | TimeoutException e) {
      throw new AssertionError(e);
    }
  }

  /** Collects an answer. */
  private static final class Collected implements Answer {
    private final CompletableFuture<Answered> future;
    private final ByteArrayOutputStream stream = new ByteArrayOutputStream();
    private Message head = new Message.Released();

    Collected(CompletableFuture<Answered> future) {
      this.future = future;
    }

    @Override
    public void head(Message message) {
      head = message;
    }

    @Override
    public void bytes(MemorySegment bytes) {
      stream.writeBytes(bytes.toArray(ValueLayout.JAVA_BYTE));
    }

    @Override
    public void done() {
      future.complete(new Answered(head, stream.toByteArray()));
    }

    @Override
    public void failed(IOException why) {
      future.completeExceptionally(why);
    }
  }

  @Override
  public void close() {
    group.close();
    timer.shutdownNow();
  }
}
