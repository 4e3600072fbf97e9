package dev.cairn.tests.hosts;

import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/** One connection through a proxy: two channels, and a line each way. Thread-safe. */
final class Relay {
  private enum State {
    OPEN,
    SILENT,
    ENDING,
    CLOSED
  }

  private final LocalProxy proxy;
  private final SocketChannel client;
  private final SocketChannel target;
  private final Line toTarget;
  private final Line toClient;
  private volatile State state = State.OPEN;

  /** Of two lines, in this state; with both the connection is over. */
  private int endedLines;

  Relay(LocalProxy proxy, SocketChannel client, SocketChannel target) {
    this.proxy = proxy;
    this.client = client;
    this.target = target;
    this.toTarget = new Line(this, client, target, proxy.gate(Direction.TO_TARGET));
    this.toClient = new Line(this, target, client, proxy.gate(Direction.TO_CLIENT));
  }

  void start() {
    proxy.run(toTarget::read);
    proxy.run(toTarget::write);
    proxy.run(toClient::read);
    proxy.run(toClient::write);
  }

  /** Tells whether bytes are passed on. */
  boolean isOpen() {
    return state == State.OPEN;
  }

  long delayNanos() {
    return proxy.delayNanos();
  }

  /** Makes a cut of all connections that was planned. */
  void cutAll(Cut how, Gate gate) {
    proxy.cut(how);
    gate.next();
  }

  /** Cuts this one. */
  void cut(Cut how) {
    switch (how) {
      case RESET -> broken();
      case END -> end();
      case SILENCE -> become(State.SILENT);
    }
  }

  private void end() {
    if (become(State.ENDING)) {
      try {
        client.shutdownOutput();
        target.shutdownOutput();
      } catch (IOException e) {
        broken();
      }
      proxy.run(() -> drain(client));
      proxy.run(() -> drain(target));
    }
  }

  /** Breaks it off on both sides. */
  void broken() {
    if (become(State.CLOSED)) {
      reset(client);
      reset(target);
      proxy.gone(this);
    }
  }

  /** Reads to the end: a channel that is closed with bytes unread sends RST, and not the end. */
  private void drain(SocketChannel channel) {
    ByteBuffer bytes = ByteBuffer.allocate(64 << 10);
    try {
      while (channel.read(bytes.clear()) >= 0) {}
    } catch (IOException e) {
      // the peer has broken it off: nothing is left to read
    }
    ended(State.ENDING);
  }

  /** Counts a line whose end was passed on. */
  void ended() {
    ended(State.OPEN);
  }

  private synchronized void ended(State in) {
    if (state == in && ++endedLines == 2 && become(State.CLOSED)) {
      close(client);
      close(target);
      proxy.gone(this);
    }
  }

  /** Enters a state, if it is a later one. */
  private synchronized boolean become(State next) {
    if (state.compareTo(next) >= 0) {
      return false;
    }
    state = next;
    endedLines = 0;
    toTarget.wake();
    toClient.wake();
    return true;
  }

  /** Closes a channel so that its peer is told that it was broken off. */
  static void reset(SocketChannel channel) {
    try {
      if (channel.supportedOptions().contains(StandardSocketOptions.SO_LINGER)) {
        channel.setOption(StandardSocketOptions.SO_LINGER, 0);
      }
    } catch (IOException e) {
      // it is closed, or its peer has broken it off before
    }
    close(channel);
  }

  private static void close(SocketChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      // nothing is left of it
    }
  }
}
