package dev.cairn.tests.serve;

import dev.cairn.store.Id;
import dev.cairn.transport.link.Answer;
import dev.cairn.transport.link.ClientSettings;
import dev.cairn.transport.link.Endpoint;
import dev.cairn.transport.link.Link;
import dev.cairn.transport.link.LinkGroup;
import dev.cairn.transport.link.LinkLostException;
import dev.cairn.transport.link.LinkSettings;
import dev.cairn.transport.link.Outcome;
import dev.cairn.transport.link.Reply;
import dev.cairn.transport.link.Requests;
import dev.cairn.transport.wire.Abilities;
import dev.cairn.transport.wire.LinkKind;
import dev.cairn.transport.wire.Message;
import dev.cairn.transport.wire.PageEntries;
import dev.cairn.transport.wire.PointHead;
import dev.cairn.transport.wire.PointHeadBytes;
import dev.cairn.transport.wire.Role;
import dev.cairn.transport.wire.Versions;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/** Reads single pages of a point that is coming, as who has a guest does. For one thread. */
final class PointClient implements AutoCloseable {
  private static final long SECONDS = 120;

  private final LinkGroup group;
  private final Link urgent;
  private final Message.Seen seen;
  private final PointHead head;

  private PointClient(LinkGroup group, Link urgent, Message.Seen seen, PointHead head) {
    this.group = group;
    this.urgent = urgent;
    this.seen = seen;
    this.head = head;
  }

  static PointClient open(Path socket, LinkSettings links, String chain, String point)
      throws Exception {
    ClientSettings client =
        new ClientSettings(Abilities.standard(1, "test"), Versions.known(), Optional.empty());
    CompletableFuture<Link> urgent = new CompletableFuture<>();
    LinkGroup group =
        LinkGroup.open(
            new Endpoint.Unix(socket),
            Role.PULL,
            links,
            client,
            new LinkGroup.Events() {
              @Override
              public Requests ready(Link link) {
                if (link.kind() == LinkKind.URGENT) {
                  urgent.complete(link);
                }
                return Requests.none();
              }

              @Override
              public void lost(LinkLostException why) {
                urgent.completeExceptionally(why);
              }
            });
    Message.Seen seen =
        Reply.ask(group.control(), new Message.Look(false, chain, point)).head(Message.Seen.class);
    PointHead head = head(group.control(), seen.checkpoint());
    return new PointClient(group, urgent.get(SECONDS, TimeUnit.SECONDS), seen, head);
  }

  private static PointHead head(Link control, Id checkpoint) throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    AtomicReference<Message> is = new AtomicReference<>();
    CompletableFuture<byte[]> answer = new CompletableFuture<>();
    control.ask(
        new Message.Point(checkpoint),
        new Answer() {
          @Override
          public void head(Message message) {
            is.set(message);
          }

          @Override
          public void bytes(MemorySegment more) {
            bytes.writeBytes(more.toArray(ValueLayout.JAVA_BYTE));
          }

          @Override
          public void done() {
            answer.complete(bytes.toByteArray());
          }

          @Override
          public void failed(IOException why) {
            answer.completeExceptionally(why);
          }
        });
    byte[] all = answer.get(SECONDS, TimeUnit.SECONDS);
    Message.PointIs head = (Message.PointIs) Objects.requireNonNull(is.get());
    return PointHeadBytes.read(Arrays.copyOf(all, head.length()), head.pageSize());
  }

  PointHead head() {
    return head;
  }

  Id checkpoint() {
    return seen.checkpoint();
  }

  /** A page that was asked for. */
  record Wanted(long page, int pageSize, CompletableFuture<byte[]> answer) {
    byte[] await() throws IOException, InterruptedException {
      try {
        return answer.get(SECONDS, TimeUnit.SECONDS);
      } catch (java.util.concurrent.ExecutionException e) {
        throw new IOException(e.getCause());
      } catch (java.util.concurrent.TimeoutException e) {
        throw new IOException("page " + page + " does not come", e);
      }
    }
  }

  Wanted ask(long page) throws IOException {
    CompletableFuture<byte[]> answer = new CompletableFuture<>();
    Arena arena = Arena.ofAuto();
    MemorySegment entries = arena.allocate(PageEntries.BYTES, 8);
    MemorySegment into = arena.allocate(seen.pageSize(), 64);
    urgent.fetchPages(
        new Message.Pages(seen.checkpoint(), page, 0, 1),
        entries,
        into,
        new Outcome() {
          @Override
          public void done() {
            answer.complete(into.toArray(ValueLayout.JAVA_BYTE));
          }

          @Override
          public void failed(IOException why) {
            answer.completeExceptionally(why);
          }
        });
    return new Wanted(page, seen.pageSize(), answer);
  }

  byte[] page(long page) throws IOException, InterruptedException {
    return ask(page).await();
  }

  @Override
  public void close() {
    group.close();
  }
}
