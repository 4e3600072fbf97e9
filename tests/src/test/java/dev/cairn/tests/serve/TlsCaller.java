package dev.cairn.tests.serve;

import dev.cairn.transport.peer.TokenProof;
import dev.cairn.transport.tls.SecureChannel;
import dev.cairn.transport.tls.TlsCredentials;
import dev.cairn.transport.tls.TlsFiles;
import dev.cairn.transport.tls.Wire;
import dev.cairn.transport.wire.Abilities;
import dev.cairn.transport.wire.FrameHeader;
import dev.cairn.transport.wire.FrameType;
import dev.cairn.transport.wire.Hello;
import dev.cairn.transport.wire.LinkKind;
import dev.cairn.transport.wire.Message;
import dev.cairn.transport.wire.MessageReader;
import dev.cairn.transport.wire.MessageWriter;
import dev.cairn.transport.wire.Preamble;
import dev.cairn.transport.wire.Role;
import dev.cairn.transport.wire.Versions;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** A client that says over TLS what a test tells it to, frame by frame. Not thread-safe. */
final class TlsCaller implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final int HELLO = 1;

  private final SocketChannel socket;
  private final SecureChannel secure;

  private TlsCaller(SocketChannel socket, SecureChannel secure) {
    this.socket = socket;
    this.secure = secure;
  }

  /** Calls a server that shows a certificate of an authority's directory; shows none itself. */
  static TlsCaller call(int port, Path certificates) throws IOException {
    SocketChannel socket =
        SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    boolean done = false;
    try {
      TlsFiles files = new TlsFiles(certificates.resolve("ca-cert.pem"), Optional.empty());
      TlsCredentials credentials = TlsCredentials.load(files, _ -> {});
      SecureChannel secure =
          SecureChannel.client(new Plain(socket), credentials, "127.0.0.1", PATIENCE);
      done = true;
      return new TlsCaller(socket, secure);
    } finally {
      if (!done) {
        socket.close();
      }
    }
  }

  /** Returns what proves a token in this session. */
  String proof(String name, String secret) throws IOException {
    byte[] exported =
        secure.exportKeyingMaterial(
            TokenProof.LABEL, TokenProof.context(name), TokenProof.EXPORTED_BYTES);
    return TokenProof.of(secret.getBytes(StandardCharsets.UTF_8), exported);
  }

  /** Says HELLO with a token's proof, and returns the answer. */
  Message greet(String name, String proof) throws IOException {
    ByteBuffer out = FrameHeader.buffer(Preamble.BYTES + FrameHeader.MOST_PAYLOAD);
    Preamble.put(out, Versions.known().range());
    secure.write(MemorySegment.ofBuffer(out.flip()));
    Hello hello =
        new Hello(
            Role.PULL,
            LinkKind.CONTROL,
            Optional.empty(),
            Abilities.standard(1, "test"),
            Optional.of(new Hello.Token(name, proof)));
    out.clear().position(FrameHeader.BYTES);
    MessageWriter.put(hello, out);
    int length = out.position() - FrameHeader.BYTES;
    new FrameHeader().put(out, 0, FrameType.HELLO, HELLO, false, length, length);
    secure.write(MemorySegment.ofBuffer(out.flip()));
    Preamble.read("the server", read(Preamble.BYTES));
    FrameHeader header = new FrameHeader();
    header.read(read(FrameHeader.BYTES));
    return MessageReader.read(header.type(), read(header.length()));
  }

  private ByteBuffer read(int count) throws IOException {
    ByteBuffer bytes = FrameHeader.buffer(Math.max(1, count)).limit(count);
    MemorySegment into = MemorySegment.ofBuffer(bytes);
    for (int at = 0; at < count; ) {
      int more = secure.read(into.asSlice(at));
      if (more < 0) {
        throw new EOFException("the server has ended the link");
      }
      at += more;
    }
    return bytes;
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }

  private record Plain(SocketChannel socket) implements Wire {
    @Override
    public boolean awaitInput(Duration most) {
      throw new UnsupportedOperationException("waits in read alone");
    }

    @Override
    public int read(MemorySegment into) throws IOException {
      return socket.read(into.asByteBuffer());
    }

    @Override
    public void write(MemorySegment from) throws IOException {
      ByteBuffer bytes = from.asByteBuffer();
      while (bytes.hasRemaining()) {
        socket.write(bytes);
      }
    }

    @Override
    public void shutdown() {
      try {
        socket.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public String name() {
      return "tls";
    }
  }
}
