package dev.cairn.transport.rdma;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Peers that are processes of their own and are killed as {@code kill -9} does, at a random moment:
 * while they connect or are connected to, idle, as source and as receiver. After every round the
 * stream has ended on this side, and after the last one this process and the kernel hold what they
 * held before the first. A main of the lab's guest; leaves with 0 if it is so.
 *
 * <p>Arguments: how many rounds, 20 without one, and a seed; or {@code peer} and what to be.
 */
final class KillsMain {
  private static final String HOST = "10.9.0.1";
  private static final long PATIENCE_SECONDS = 60;
  private static final int PIECE = 64 << 10;

  /** As of links: who has not shaken hands by then is shut down. */
  private static final long HANDSHAKE_SECONDS = 5;

  /** What a peer is at when it is killed. */
  private enum Moment {
    /** It calls us, again and again. */
    CALLING,
    /** It is called by us. */
    CALLED,
    IDLE,
    SOURCE,
    RECEIVER;
  }

  private final RdmaAcceptor acceptor;
  private final BlockingQueue<RdmaStream> callers = new LinkedBlockingQueue<>();
  private final Random random;

  private KillsMain(Random random) throws IOException {
    this.random = random;
    acceptor = listen(callers);
  }

  public static void main(String[] arguments) throws Exception {
    if (arguments.length > 0 && arguments[0].equals("peer")) {
      peer(Moment.valueOf(arguments[1]), Integer.parseInt(arguments[2]));
      return;
    }
    int rounds = arguments.length == 0 ? 20 : Integer.parseInt(arguments[0]);
    long seed = arguments.length < 2 ? System.nanoTime() : Long.parseLong(arguments[1]);
    System.out.println("   " + rounds + " rounds, seed " + seed);
    int code = 1;
    try {
      new KillsMain(new Random(seed)).run(rounds);
      code = 0;
    } catch (Exception | AssertionError e) {
      e.printStackTrace(System.out);
    }
    System.out.println(code == 0 ? "1 passed, 0 failed" : "0 passed, 1 failed");
    System.exit(code);
  }

  private static RdmaAcceptor listen(BlockingQueue<RdmaStream> callers) throws IOException {
    return RdmaAcceptor.listen(
        RdmaLab.library(),
        "here",
        new InetSocketAddress(HOST, 0),
        new RdmaAcceptor.Callers() {
          @Override
          public void called(RdmaStream stream, InetSocketAddress from) {
            callers.add(stream);
          }

          @Override
          public void refused(IOException why) {
            System.out.println("   refused: " + why.getMessage());
          }
        });
  }

  private void run(int rounds) throws Exception {
    round(Moment.SOURCE); // what a first time leaves open stays open: jars, libraries
    round(Moment.CALLED);
    Leftovers before = Leftovers.settled();
    for (int i = 0; i < rounds; i++) {
      Moment moment = Moment.values()[i % Moment.values().length];
      long began = System.nanoTime();
      String end = round(moment);
      System.out.printf(
          "ok round %d, %s: %s, %d ms%n",
          i, moment, end, TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began));
    }
    before.awaitAgain();
    acceptor.close();
  }

  /** Returns how the streams of it ended. */
  private String round(Moment moment) throws Exception {
    try (Peer peer = Peer.start(moment, acceptor.address().getPort())) {
      int port = peer.port();
      return switch (moment) {
        case CALLING -> calling(peer);
        case CALLED -> called(peer, port);
        case IDLE, SOURCE, RECEIVER -> connected(peer, moment, port);
      };
    }
  }

  /** Some of its calls are done when it dies, one is not. */
  private String calling(Peer peer) throws Exception {
    List<RdmaStream> all = new ArrayList<>();
    all.add(first());
    peer.killWithin(random, 400);
    for (RdmaStream next = poll(1); next != null; next = poll(1)) {
      all.add(next);
    }
    for (RdmaStream each : all) {
      endOf(each, HANDSHAKE_SECONDS);
    }
    return all.size() + " calls";
  }

  private RdmaStream first() throws Exception {
    RdmaStream first = poll(PATIENCE_SECONDS);
    if (first == null) {
      throw new AssertionError("nobody called");
    }
    return first;
  }

  private @Nullable RdmaStream poll(long seconds) throws InterruptedException {
    return callers.poll(seconds, TimeUnit.SECONDS);
  }

  /** It is called while it dies. */
  private String called(Peer peer, int port) throws Exception {
    Thread killer = Thread.ofPlatform().start(() -> peer.killWithin(random, 150));
    int calls = 0;
    String end = "";
    while (!end.contains("REJECTED")) {
      RdmaStream stream =
          RdmaAcceptor.connect(RdmaLab.library(), "here", new InetSocketAddress(HOST, port));
      if (!killer.isAlive() || calls % 4 == 3) {
        end = endOf(stream, HANDSHAKE_SECONDS); // else the end comes while others are called
      } else {
        stream.shutdown();
      }
      calls++;
    }
    killer.join();
    return calls + " calls, " + end;
  }

  private String connected(Peer peer, Moment moment, int port) throws Exception {
    RdmaStream stream =
        RdmaAcceptor.connect(RdmaLab.library(), "here", new InetSocketAddress(HOST, port));
    read(stream, 1);
    AtomicLong moved = new AtomicLong();
    Thread user =
        Thread.ofPlatform()
            .start(
                () -> {
                  if (moment == Moment.RECEIVER) {
                    writeForever(stream, moved);
                  } else {
                    readForever(stream, moved);
                  }
                });
    long least = moment == Moment.IDLE ? 0 : 1 << 18;
    long late = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (moved.get() < least) {
      check(System.nanoTime() < late, "bytes move");
      Thread.sleep(5);
    }
    peer.killWithin(random, 300);
    user.join(TimeUnit.SECONDS.toMillis(PATIENCE_SECONDS));
    check(!user.isAlive(), "whoever used the stream comes back");
    stream.shutdown();
    return moved.get() + " bytes";
  }

  /** Reads to the end; a stream that has none by then is shut down, as who listens does. */
  private static String endOf(RdmaStream stream, long seconds) throws InterruptedException {
    StringBuilder why = new StringBuilder();
    Thread reader =
        Thread.ofPlatform()
            .start(
                () -> {
                  try {
                    ByteBuffer into = buffer(PIECE);
                    while (stream.read(into.clear(), buffer(0)) >= 0) {
                      // On to the end.
                    }
                    why.append("ended");
                  } catch (IOException e) {
                    why.append(e.getMessage());
                  }
                });
    reader.join(TimeUnit.SECONDS.toMillis(seconds));
    stream.shutdown();
    reader.join(TimeUnit.SECONDS.toMillis(PATIENCE_SECONDS));
    check(!reader.isAlive(), "whoever reads comes back");
    return why.toString();
  }

  private static void check(boolean holds, String what) {
    if (!holds) {
      throw new AssertionError(what);
    }
  }

  private static ByteBuffer buffer(int length) {
    return ByteBuffer.allocateDirect(length);
  }

  private static void read(RdmaStream stream, int count) throws IOException {
    ByteBuffer into = buffer(count);
    while (into.hasRemaining()) {
      if (stream.read(into, buffer(0)) < 0) {
        throw new IOException("the end after " + into.position() + " bytes");
      }
    }
  }

  private static void readForever(RdmaStream stream, AtomicLong moved) {
    try {
      ByteBuffer into = buffer(PIECE);
      for (int count = 0; count >= 0; count = stream.read(into.clear(), buffer(0))) {
        moved.addAndGet(count);
      }
    } catch (IOException _) {
      // The end, which is waited for.
    }
  }

  private static void writeForever(RdmaStream stream, AtomicLong moved) {
    try {
      ByteBuffer piece = buffer(PIECE);
      while (true) {
        stream.write(piece.clear(), buffer(0));
        moved.addAndGet(PIECE);
      }
    } catch (IOException _) {
      // The end, which is waited for.
    }
  }

  /** What the process that is killed does. */
  private static void peer(Moment moment, int port) throws Exception {
    BlockingQueue<RdmaStream> called = new LinkedBlockingQueue<>();
    RdmaAcceptor own = listen(called);
    System.out.println(own.address().getPort());
    Thread.ofPlatform()
        .daemon()
        .start(
            () -> {
              try {
                Thread.sleep(TimeUnit.SECONDS.toMillis(2 * PATIENCE_SECONDS));
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
              System.exit(1); // whoever started it has forgotten it
            });
    if (moment == Moment.CALLING) {
      while (true) {
        RdmaStream stream =
            RdmaAcceptor.connect(RdmaLab.library(), "peer", new InetSocketAddress(HOST, port));
        stream.write(buffer(1), buffer(0));
      }
    }
    while (true) {
      RdmaStream stream = called.take();
      if (moment == Moment.CALLED) {
        continue;
      }
      stream.write(buffer(1), buffer(0));
      AtomicLong moved = new AtomicLong();
      switch (moment) {
        case SOURCE -> writeForever(stream, moved);
        case RECEIVER, IDLE -> readForever(stream, moved);
        case CALLING, CALLED -> throw new IllegalStateException("not connected");
      }
    }
  }

  /** The process that is killed; closing it kills and reaps it. */
  private record Peer(Process process, BufferedReader said) implements AutoCloseable {
    static Peer start(Moment moment, int port) throws IOException {
      List<String> command = new ArrayList<>();
      command.add(ProcessHandle.current().info().command().orElseThrow());
      command.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx128m"));
      command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-cp"));
      command.add(System.getProperty("java.class.path", ""));
      command.addAll(List.of(KillsMain.class.getName(), "peer", moment.name(), "" + port));
      Process child =
          new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
      return new Peer(
          child,
          new BufferedReader(
              new InputStreamReader(child.getInputStream(), StandardCharsets.UTF_8)));
    }

    int port() throws IOException {
      return Integer.parseInt(String.valueOf(said.readLine()));
    }

    void killWithin(Random random, int millis) {
      try {
        Thread.sleep(random.nextInt(millis));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      process.destroyForcibly();
      process.onExit().orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS).join();
    }

    @Override
    public void close() throws IOException {
      process.destroyForcibly();
      process.onExit().orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS).join();
      said.close();
    }
  }
}
