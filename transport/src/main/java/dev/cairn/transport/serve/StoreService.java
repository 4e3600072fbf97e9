package dev.cairn.transport.serve;

import dev.cairn.transport.link.Service;
import dev.cairn.transport.link.Session;
import dev.cairn.transport.peer.Rights;
import dev.cairn.transport.source.Source;
import java.io.IOException;

/** Leads each session to what serves its role. Thread-safe. */
public final class StoreService implements Service {
  private final Source source;
  private final Rights rights;
  private final Service taker;
  private final Administration administration;

  /**
   * Makes a service.
   *
   * @param source answers who pulls
   * @param taker serves who sends
   * @param administration does what the server's own user asks for
   */
  public StoreService(Source source, Rights rights, Service taker, Administration administration) {
    this.source = source;
    this.rights = rights;
    this.taker = taker;
    this.administration = administration;
  }

  @Override
  public SessionService open(Session session) throws IOException {
    return switch (session.hello().role()) {
      case PULL -> source.serve(session.peer(), rights);
      case SEND -> taker.open(session);
      case ADMIN -> administration.open(session);
    };
  }
}
