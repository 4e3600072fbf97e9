package dev.cairn.tests.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.cairn.transport.link.FailureException;
import dev.cairn.transport.peer.TokenProof;
import dev.cairn.transport.tls.SecureChannel;
import dev.cairn.transport.tls.TlsCredentials;
import dev.cairn.transport.tls.Wire;
import dev.cairn.transport.wire.Abilities;
import dev.cairn.transport.wire.FrameType;
import dev.cairn.transport.wire.GreetingText;
import dev.cairn.transport.wire.Hello;
import dev.cairn.transport.wire.LinkKind;
import dev.cairn.transport.wire.Message;
import dev.cairn.transport.wire.MessageReader;
import dev.cairn.transport.wire.MessageWriter;
import dev.cairn.transport.wire.Role;
import dev.cairn.transport.wire.Welcome;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A client of a server that says by hand what it says: frames of any kind, right or wrong. It is
 * closed when its time is over, so nobody waits in it without end. For one thread.
 */
final class RawLink implements AutoCloseable {
  private static final long DEADLINE_SECONDS = 60;
  private static final int HEADER_BYTES = 16;
  private static final int CRC_AT = 12;
  private static final byte[] PREAMBLE = {
    (byte) 0x89, 'C', 'A', 'I', 'R', 'N', '\r', '\n', 1, 0, 0, 0, 1, 0, 0, 0
  };

  private final SocketChannel channel;
  private final CountDownLatch closed = new CountDownLatch(1);
  private @Nullable SecureChannel secure;
  private volatile boolean late;

  /** A frame that came. Never compared. */
  @SuppressWarnings("ArrayRecordComponent")
  record Frame(FrameType type, int flags, int request, byte[] payload) {
    Message message() throws IOException {
      return MessageReader.read(type, ByteBuffer.wrap(payload).order(ByteOrder.LITTLE_ENDIAN));
    }
  }

  /**
   * Connects.
   *
   * @param from the client's own address, by which a server tells clients apart
   */
  RawLink(InetSocketAddress to, InetAddress from) throws IOException {
    this(to, from, 0);
  }

  /**
   * The same, with little room for what comes.
   *
   * @param receiveBytes 0: as much as there usually is
   */
  RawLink(InetSocketAddress to, InetAddress from, int receiveBytes) throws IOException {
    channel = SocketChannel.open();
    if (receiveBytes > 0) {
      channel.setOption(StandardSocketOptions.SO_RCVBUF, receiveBytes);
    }
    channel.bind(new InetSocketAddress(from, 0)).connect(to);
    channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    Thread.ofVirtual().start(this::closeLate);
  }

  private void closeLate() {
    try {
      if (!closed.await(DEADLINE_SECONDS, TimeUnit.SECONDS)) {
        late = true;
        close();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Speaks TLS from now on. */
  RawLink secure(TlsCredentials credentials) throws IOException {
    secure =
        SecureChannel.client(
            new Plain(), credentials, "localhost", Duration.ofSeconds(DEADLINE_SECONDS));
    return this;
  }

  /** Returns what shows that its client has a token, in this TLS session and in no other. */
  Hello.Token proof(String name, String secret) throws IOException {
    SecureChannel by = secure;
    if (by == null) {
      throw new IllegalStateException("not within TLS");
    }
    byte[] exported =
        by.exportKeyingMaterial(
            TokenProof.LABEL, TokenProof.context(name), TokenProof.EXPORTED_BYTES);
    return new Hello.Token(name, TokenProof.of(secret.getBytes(StandardCharsets.UTF_8), exported));
  }

  /** The connection below TLS. */
  private final class Plain implements Wire {
    @Override
    public boolean awaitInput(Duration most) {
      throw new UnsupportedOperationException("waits in read alone");
    }

    @Override
    public int read(MemorySegment into) throws IOException {
      return channel.read(into.asByteBuffer());
    }

    @Override
    public void write(MemorySegment from) throws IOException {
      ByteBuffer bytes = from.asByteBuffer();
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
    }

    @Override
    public void shutdown() {
      RawLink.this.close();
    }

    @Override
    public String name() {
      return "raw";
    }
  }

  /** Sends any bytes. */
  void send(byte[] bytes) throws IOException {
    SecureChannel over = secure;
    if (over == null) {
      new Plain().write(MemorySegment.ofArray(bytes));
    } else {
      over.write(MemorySegment.ofArray(bytes));
    }
  }

  void preamble() throws IOException {
    send(PREAMBLE);
  }

  /** Returns a frame, with the checksum that it should have. */
  static byte[] frame(int type, int flags, int request, byte[] payload) {
    ByteBuffer frame =
        ByteBuffer.allocate(HEADER_BYTES + payload.length).order(ByteOrder.LITTLE_ENDIAN);
    frame.putInt(payload.length).putShort((short) type).putShort((short) flags).putInt(request);
    CRC32C crc = new CRC32C();
    crc.update(frame.array(), 0, CRC_AT);
    crc.update(payload);
    return frame.putInt((int) crc.getValue()).put(payload).array();
  }

  /** Returns a frame as it should be. */
  static byte[] frame(int request, Message message) {
    ByteBuffer payload =
        ByteBuffer.allocate(GreetingText.MOST_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    MessageWriter.put(message, payload);
    byte[] bytes = new byte[payload.flip().remaining()];
    payload.get(bytes);
    return frame(FrameType.of(message).number(), 0, request, bytes);
  }

  /** Asks, and waits for the first frame of the answer. */
  Frame ask(int request, Message message) throws IOException {
    send(frame(request, message));
    Frame frame = next();
    assertEquals(request, frame.request(), frame::toString);
    return frame;
  }

  /** Reads the next frame that is no PING; answers those. */
  Frame next() throws IOException {
    while (true) {
      Frame frame = any();
      if (frame.type() != FrameType.PING) {
        return frame;
      }
      send(frame(FrameType.PONG.number(), 0, frame.request(), frame.payload()));
    }
  }

  private Frame any() throws IOException {
    ByteBuffer header = ByteBuffer.wrap(read(HEADER_BYTES)).order(ByteOrder.LITTLE_ENDIAN);
    int length = header.getInt();
    FrameType type = FrameType.of(header.getShort()).orElseThrow();
    return new Frame(type, header.getShort(), header.getInt(), read(length));
  }

  private byte[] read(int count) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(count);
    while (bytes.hasRemaining()) {
      SecureChannel over = secure;
      MemorySegment rest = MemorySegment.ofBuffer(bytes);
      int got = over == null ? channel.read(bytes) : over.read(rest);
      if (got < 0) {
        throw new EOFException("the server has ended the link");
      }
      if (over != null) {
        bytes.position(bytes.position() + got);
      }
    }
    return bytes.array();
  }

  /** Shakes hands; returns the session's token, or "". */
  String greet(Role role, LinkKind kind, Optional<String> session) throws IOException {
    return greet(role, kind, session, Optional.empty());
  }

  String greet(Role role, LinkKind kind, Optional<String> session, Optional<Hello.Token> token)
      throws IOException {
    Hello hello = new Hello(role, kind, session, Abilities.standard(32, "hostile"), token);
    preamble();
    send(frame(1, hello));
    read(PREAMBLE.length);
    Message answer = next().message();
    if (answer instanceof Message.Failure failure) {
      throw new FailureException(failure);
    }
    return ((Welcome) answer).session().orElse("");
  }

  /** Waits for a word that ends the link, and for its end behind it. */
  Message.Failure awaitEnd() throws IOException {
    Message.Failure told = null;
    try {
      while (true) {
        if (next().message() instanceof Message.Failure failure) {
          told = failure;
        }
      }
    } catch (IOException e) {
      if (told == null || Thread.currentThread().isInterrupted()) {
        throw e;
      }
      return told;
    }
  }

  /** Waits until the server has ended it, whatever it says before. */
  void awaitClosed() {
    ByteBuffer bytes = ByteBuffer.allocate(64 << 10);
    try {
      while (channel.read(bytes.clear()) >= 0) {}
    } catch (IOException e) {
      // It has broken it off.
    }
    assertFalse(late, "the server ends it in time");
  }

  /** Says PING again and again, and reads nothing, until the server has ended it. */
  void pingUntilClosed() throws InterruptedException {
    try {
      for (int i = 1; !late; i++) {
        send(frame(1 << 20 | i, new Message.Ping(i)));
        boolean _ = closed.await(500, TimeUnit.MILLISECONDS);
      }
    } catch (IOException e) {
      // It has broken it off.
    }
    assertFalse(late, "the server ends it in time");
  }

  @Override
  public void close() {
    closed.countDown();
    try {
      channel.close();
    } catch (IOException e) {
      // It is closed all the same.
    }
  }
}
