package dev.cairn.store.io;

import java.io.Closeable;
import java.io.IOException;

/** A lock that is held until it is closed. */
@FunctionalInterface
public interface StoreLock extends Closeable {
  @Override
  void close() throws IOException;
}
