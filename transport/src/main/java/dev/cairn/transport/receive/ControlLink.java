package dev.cairn.transport.receive;

import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.chain.manifest.IncomingState;
import dev.cairn.chain.manifest.Manifest;
import dev.cairn.chain.manifest.ManifestCodec;
import dev.cairn.store.BadInputException;
import dev.cairn.store.RefusedException;
import dev.cairn.store.StoreException;
import dev.cairn.transport.link.Link;
import dev.cairn.transport.link.Reply;
import dev.cairn.transport.wire.Message;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/**
 * Asks a source on its control link, and waits for the answer. Whatever it answers is checked. For
 * one thread at a time.
 */
final class ControlLink {
  /** A file beyond this is no file of Cairn's: frames lie within 4 TiB, and metadata behind. */
  private static final long MOST_FILE_BYTES = 5L << 40;

  /** So far above its tip may the next number of a state to come lie. */
  private static final long MOST_NEXT = 1L << 32;

  /** So long nothing of an answer may come: a commit of a slow disk is among what is waited for. */
  private static final Duration QUIET = Duration.ofSeconds(30);

  private final Link link;

  ControlLink(Link link) {
    this.link = link;
  }

  /** Asks what a point would be. */
  Message.Seen look(boolean byId, String chain, String point) throws IOException {
    return Reply.ask(link, new Message.Look(byId, chain, point), QUIET).head(Message.Seen.class);
  }

  /** Takes a hold, and returns the state to come. */
  IncomingState.Coming open(Message.Open open) throws IOException {
    Reply reply = Reply.ask(link, open, QUIET);
    Message.Opened opened = reply.head(Message.Opened.class);
    byte[] text = reply.bytes();
    if (text.length != opened.length()) {
      throw lies("a state to come of " + opened.length() + " bytes", text.length + " bytes");
    }
    Manifest manifest;
    try {
      manifest = ManifestCodec.decode(link.name() + ": the state to come", text);
    } catch (RefusedException e) {
      throw e; // of a newer Cairn
    } catch (StoreException e) {
      throw new BadInputException(String.valueOf(e.getMessage()));
    }
    requireSane(manifest, opened);
    return IncomingState.Coming.of(manifest);
  }

  private static String shown(Manifest.Tip tip) {
    return "checkpoint " + tip.number() + ", " + tip.id();
  }

  private void requireSane(Manifest manifest, Message.Opened opened) throws IOException {
    Manifest.Tip tip = new Manifest.Tip(opened.point(), opened.checkpoint());
    if (!manifest.tip().equals(Optional.of(tip))) {
      throw lies(
          "a state that ends at " + shown(tip),
          manifest.tip().map(ControlLink::shown).orElse("none"));
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
    return Reply.ask(link, new Message.Hold(token, chain), QUIET).head(Message.Held.class);
  }

  /** Lets a hold go. */
  void release(String token, String chain) throws IOException {
    Reply.ask(link, new Message.Release(token, chain), QUIET).head(Message.Released.class);
  }
}
