package dev.cairn.transport.rdma;

import dev.cairn.store.BadInputException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Peers that are not there, are wrong, or die, over RDMA in the lab's guest; and what is left
 * behind after many ends: nothing. Leaves with 0 if all is as it has to be.
 *
 * <p>Arguments: {@code serve}, to be the one who is killed; or how many rounds, 20 without one.
 */
final class FailuresMain {
  private static final String HOST = "10.9.0.1";
  private static final long PATIENCE_SECONDS = 60;
  private static final int PIECE = 64 << 10;

  private FailuresMain() {}

  /** One thing to try. */
  private interface Trial {
    void run() throws Exception;
  }

  public static void main(String[] arguments) throws Exception {
    if (Arrays.asList(arguments).contains("serve")) {
      serve();
      return;
    }
    int rounds = arguments.length == 0 ? 20 : Integer.parseInt(arguments[0]);
    int failed = 0;
    failed += tried("aConnectThatIsRefusedEnds", FailuresMain::refused);
    failed += tried("bytesComeAsTheyWereWritten", FailuresMain::bytes);
    failed += tried("aWrongKeyEndsTheStream", FailuresMain::wrongKey);
    failed += tried("hostileMessagesEndTheStream", FailuresMain::hostile);
    failed += tried("aFileIsReadWhereItLies", MemoryTrials::reads);
    failed += tried("noByteBesideWhatIsOfferedIsRead", MemoryTrials::beyond);
    failed += tried("whatIsTakenBackIsNotRead", MemoryTrials::takenBack);
    failed += tried("aWrongKeyOfAFileIsNotRead", MemoryTrials::wrongKey);
    failed += tried("aPeerThatIsKilledEndsTheStream", FailuresMain::killed);
    failed += tried("nothingIsLeftBehind", () -> leaks(rounds));
    System.out.printf("%d passed, %d failed%n", 10 - failed, failed);
    System.exit(failed == 0 ? 0 : 1);
  }

  private static int tried(String name, Trial trial) {
    long began = System.nanoTime();
    AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    Thread thread =
        Thread.ofPlatform()
            .daemon()
            .start(
                () -> {
                  try {
                    trial.run();
                  } catch (Exception | AssertionError e) {
                    failure.set(e);
                  }
                });
    try {
      thread.join(TimeUnit.SECONDS.toMillis(2 * PATIENCE_SECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (thread.isAlive()) {
      AssertionError late = new AssertionError("has not ended");
      late.setStackTrace(thread.getStackTrace());
      failure.compareAndSet(null, late);
    }
    Throwable why = failure.get();
    if (why == null) {
      System.out.printf("ok %s %d ms%n", name, (System.nanoTime() - began) / 1_000_000);
      return 0;
    }
    System.out.println("FAILED " + name);
    why.printStackTrace(System.out);
    return 1;
  }

  /** Both ends of a connection. */
  record Pair(RdmaAcceptor acceptor, RdmaStream client, RdmaStream server)
      implements AutoCloseable {
    static Pair open() throws Exception {
      BlockingQueue<RdmaStream> callers = new LinkedBlockingQueue<>();
      RdmaAcceptor acceptor =
          RdmaAcceptor.listen(
              RdmaLab.library(),
              "server",
              new InetSocketAddress(HOST, 0),
              new RdmaAcceptor.Callers() {
                @Override
                public void called(RdmaStream stream, InetSocketAddress from) {
                  callers.add(stream);
                }

                @Override
                public void refused(IOException why) {
                  why.printStackTrace(System.out);
                }
              });
      RdmaStream client = RdmaAcceptor.connect(RdmaLab.library(), "client", acceptor.address());
      client.write(buffer(1), buffer(0));
      RdmaStream server = callers.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
      check(server != null, "nobody called");
      read(server, 1);
      return new Pair(acceptor, client, server);
    }

    @Override
    public void close() {
      client.shutdown();
      server.shutdown();
      acceptor.close();
    }
  }

  private static ByteBuffer buffer(int length) {
    return ByteBuffer.allocateDirect(length);
  }

  static void check(boolean holds, String what) {
    if (!holds) {
      throw new AssertionError(what);
    }
  }

  private static byte[] read(RdmaStream stream, int count) throws IOException {
    ByteBuffer into = buffer(count);
    while (into.hasRemaining()) {
      if (stream.read(into, buffer(0)) < 0) {
        throw new IOException("the end after " + into.position() + " bytes");
      }
    }
    byte[] all = new byte[count];
    into.flip().get(all);
    return all;
  }

  static IOException endOf(RdmaStream stream) {
    try {
      ByteBuffer into = buffer(PIECE);
      while (stream.read(into.clear(), buffer(0)) >= 0) {
        // On to the end.
      }
      return new IOException("ended by the peer");
    } catch (IOException e) {
      return e;
    }
  }

  private static void refused() {
    RdmaStream stream;
    try {
      stream = RdmaAcceptor.connect(RdmaLab.library(), "client", new InetSocketAddress(HOST, 9));
    } catch (IOException e) {
      throw new AssertionError("no RDMA", e);
    }
    IOException why = endOf(stream);
    stream.shutdown();
    check(String.valueOf(why.getMessage()).contains("REJECTED"), String.valueOf(why));
  }

  static byte[] pattern(int length, int seed) {
    byte[] all = new byte[length];
    for (int i = 0; i < length; i++) {
      all[i] = (byte) (((i + seed) * 0x9e3779b1) >>> 24);
    }
    return all;
  }

  private static void bytes() throws Exception {
    int[] lengths = {1, 1023, 1024, 1025, 4096, 65_536, 69_632, 69_633, 300_000, 4 << 20};
    try (Pair pair = Pair.open()) {
      Thread writer =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      for (int length : lengths) {
                        ByteBuffer all = buffer(length).put(pattern(length, length)).flip();
                        int half = length / 2;
                        pair.server.write(all.slice(0, half), all.slice(half, length - half));
                      }
                      pair.server.endOutput();
                    } catch (IOException e) {
                      e.printStackTrace(System.out);
                    }
                  });
      for (int length : lengths) {
        check(Arrays.equals(pattern(length, length), read(pair.client, length)), "bytes " + length);
      }
      check(pair.client.read(buffer(1), buffer(0)) == -1, "an end");
      writer.join();
    }
  }

  /** Sends a message that no stream sends, past the stream. */
  private static void send(RdmaStream stream, byte[] message) throws IOException {
    RdmaQueue queue = stream.queue();
    if (queue == null) {
      throw new IOException("not open");
    }
    queue.sent(0).copyFrom(MemorySegment.ofArray(message));
    queue.send(0, message.length);
  }

  private static byte[] message(int kind, int credits, int released, int length, int bytes) {
    MemorySegment head = MemorySegment.ofArray(new byte[bytes]);
    head.set(ValueLayout.JAVA_SHORT_UNALIGNED, RdmaFormat.KIND_AT, (short) kind);
    head.set(ValueLayout.JAVA_SHORT_UNALIGNED, RdmaFormat.CREDITS_AT, (short) credits);
    head.set(ValueLayout.JAVA_SHORT_UNALIGNED, RdmaFormat.RELEASED_AT, (short) released);
    head.set(ValueLayout.JAVA_INT_UNALIGNED, RdmaFormat.LENGTH_AT, length);
    return head.toArray(ValueLayout.JAVA_BYTE);
  }

  private static void wrongKey() throws Exception {
    try (Pair pair = Pair.open()) {
      send(pair.server, message(RdmaFormat.OFFER, 0, 0, 4096, 24));
      IOException why = endOf(pair.client);
      check(String.valueOf(why.getMessage()).contains("does not let"), String.valueOf(why));
    }
  }

  private static void hostile() throws Exception {
    byte[] zero = message(RdmaFormat.RELEASE, 0, 0, 0, 16);
    zero[RdmaFormat.ZERO_AT] = 1;
    List<byte[]> all =
        List.of(
            zero,
            message(RdmaFormat.BYTES, 0, 0, 0, 16),
            message(RdmaFormat.BYTES, 0, 0, 9, 24),
            message(RdmaFormat.BYTES, 0, 0, -1, 24),
            message(RdmaFormat.BYTES, 65, 0, 8, 24),
            message(RdmaFormat.BYTES, -1, 0, 8, 24),
            message(RdmaFormat.BYTES, 0, 1, 8, 24),
            message(RdmaFormat.OFFER, 0, 0, 8, 16),
            message(RdmaFormat.OFFER, 0, 0, 0, 24),
            message(RdmaFormat.OFFER, 0, 0, 69_633, 24),
            message(RdmaFormat.RELEASE, 0, 0, 1, 16),
            message(RdmaFormat.RELEASE, 0, -1, 0, 16),
            message(RdmaFormat.END, 0, 0, 0, 17),
            message(0x6f, 0, 0, 0, 16),
            message(0x74, 0, 0, 0, 16),
            new byte[1]);
    for (int i = 0; i < all.size(); i++) {
      try (Pair pair = Pair.open()) {
        send(pair.server, all.get(i));
        IOException why = endOf(pair.client);
        check(why instanceof BadInputException, "message " + i + ": " + why);
      }
    }
  }

  /** Writes to whoever calls, without end. */
  private static void serve() throws Exception {
    RdmaAcceptor acceptor =
        RdmaAcceptor.listen(
            RdmaLab.library(),
            "server",
            new InetSocketAddress(HOST, 0),
            new RdmaAcceptor.Callers() {
              @Override
              public void called(RdmaStream stream, InetSocketAddress from) {
                Thread.ofPlatform().start(() -> writeForever(stream));
              }

              @Override
              public void refused(IOException why) {}
            });
    System.out.println(acceptor.address().getPort());
    Thread.sleep(TimeUnit.SECONDS.toMillis(PATIENCE_SECONDS));
    System.exit(1);
  }

  private static void writeForever(RdmaStream stream) {
    try {
      ByteBuffer piece = buffer(PIECE);
      while (true) {
        stream.write(piece.clear(), buffer(0));
      }
    } catch (IOException e) {
      stream.shutdown();
    }
  }

  private static void killed() throws Exception {
    List<String> command = new ArrayList<>();
    command.add(ProcessHandle.current().info().command().orElseThrow());
    command.addAll(
        List.of(
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            System.getProperty("java.class.path", ""),
            FailuresMain.class.getName(),
            "serve"));
    Process child =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    try (BufferedReader said =
        new BufferedReader(new InputStreamReader(child.getInputStream(), StandardCharsets.UTF_8))) {
      int port = Integer.parseInt(String.valueOf(said.readLine()));
      RdmaStream stream =
          RdmaAcceptor.connect(RdmaLab.library(), "client", new InetSocketAddress(HOST, port));
      read(stream, 1 << 20);
      child.destroyForcibly();
      IOException why = endOf(stream);
      stream.shutdown();
      System.out.println("   " + why.getMessage());
    } finally {
      child.destroyForcibly();
      child.waitFor();
    }
  }

  private static long descriptors() {
    String[] all = new java.io.File("/proc/self/fd").list();
    return all == null ? 0 : all.length;
  }

  private static String resources() throws Exception {
    Process child = new ProcessBuilder("rdma", "resource", "show").start();
    String said = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    child.waitFor();
    return said.strip();
  }

  /** Connections that end in the middle, by either side. */
  private static void leaks(int rounds) throws Exception {
    Thread.sleep(1_000); // what was before may still be going
    long before = descriptors();
    String held = resources();
    System.out.println("   before: " + before + " descriptors, " + held);
    for (int i = 0; i < rounds; i++) {
      Pair pair = Pair.open();
      Thread writer = Thread.ofPlatform().start(() -> writeForever(pair.server));
      read(pair.client, 1 << 18);
      if (i % 2 == 0) {
        pair.client.shutdown();
        writer.join();
        pair.close();
      } else {
        pair.server.shutdown();
        endOf(pair.client);
        pair.close();
      }
    }
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    long left = descriptors();
    String holds = resources();
    while ((left > before || !holds.equals(held)) && System.nanoTime() < end) {
      Thread.sleep(200);
      left = descriptors();
      holds = resources();
    }
    System.out.println("   behind: " + left + " descriptors, " + holds);
    check(left <= before && holds.equals(held), "something is left");
  }
}
