package dev.cairn.transport.link;

import java.io.Closeable;

/** One endpoint that is listened at. Thread-safe. */
public interface Listener extends Closeable {
  /** Returns where: with the port that it got, if 0 was asked for. */
  Endpoint endpoint();

  /** Lets nobody in any more; the sessions go on. Does not wait. */
  @Override
  void close();
}
