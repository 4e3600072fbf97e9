package dev.cairn.transport.source;

import dev.cairn.store.Id;
import dev.cairn.transport.link.FailureException;
import dev.cairn.transport.link.Link;
import dev.cairn.transport.link.Requests;
import dev.cairn.transport.link.Service;
import dev.cairn.transport.wire.ErrorCode;
import dev.cairn.transport.wire.Message;
import java.io.IOException;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Serves one receiver over all of its links, for as long as its control link is there. Thread-safe.
 */
public final class SourceSession implements Service.SessionService {
  private final Source source;
  private final Scope scope;
  private final Account account;
  private final Consumer<Message.Progress> progress;
  private final SessionHolds holds;

  SourceSession(Source source, Scope scope, Account account, Consumer<Message.Progress> progress) {
    this.source = source;
    this.scope = scope;
    this.account = account;
    this.progress = progress;
    this.holds = new SessionHolds(scope, source.settings().timing()::nanoTime);
  }

  @Override
  public Requests ready(Link link) {
    return switch (link.kind()) {
      case CONTROL -> new ControlRequests(this, link);
      case URGENT -> new LinkRequests(this, link, true);
      case DATA -> new LinkRequests(this, link, false);
    };
  }

  @Override
  public void ended() {
    account.wake();
    source.ended(this);
    try {
      holds.end();
    } catch (IOException e) {
      source.settings().log().event("files of " + scope.owner() + ": " + e.getMessage());
    }
  }

  Source source() {
    return source;
  }

  Scope scope() {
    return scope;
  }

  Account account() {
    return account;
  }

  /** The receiver says how far it is. */
  void progress(Message.Progress told) {
    progress.accept(told);
  }

  SessionHolds holds() {
    return holds;
  }

  /**
   * Finds a point that a hold's chain retains. The caller closes it.
   *
   * @throws dev.cairn.transport.link.FailureException if there is none
   */
  Pictures.Served point(Id checkpoint) throws IOException {
    if (scope.serves(checkpoint)) {
      for (ServedHold hold : holds.visible()) {
        Optional<Pictures.Served> found = hold.shared().pictures().find(checkpoint);
        if (found.isPresent()) {
          return found.get();
        }
      }
    }
    throw FailureException.of(
        ErrorCode.NO_SUCH, "no point " + checkpoint + " in a chain that you hold");
  }
}
