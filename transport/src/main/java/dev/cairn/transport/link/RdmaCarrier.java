package dev.cairn.transport.link;

import dev.cairn.transport.rdma.RdmaStream;
import dev.cairn.transport.rdma.RemoteMemory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;

/** A connection over RDMA. Thread-safe as {@link Carrier} says. */
final class RdmaCarrier implements Carrier {
  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

  private final RdmaStream stream;
  private final String name;

  RdmaCarrier(RdmaStream stream, String name) {
    this.stream = stream;
    this.name = name;
  }

  @Override
  public int read(ByteBuffer into) throws IOException {
    return stream.read(into, NOTHING);
  }

  @Override
  public int read(ByteBuffer first, ByteBuffer second) throws IOException {
    return stream.read(first, second);
  }

  @Override
  public void write(ByteBuffer first, ByteBuffer second) throws IOException {
    stream.write(first, second);
  }

  @Override
  public void endOutput() throws IOException {
    stream.endOutput();
  }

  @Override
  public void shutdown() {
    stream.shutdown();
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Optional<RemoteMemory> remoteMemory() {
    return Optional.of(stream.memory());
  }
}
