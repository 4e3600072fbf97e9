package dev.cairn.tests.hosts;

import dev.cairn.tests.Child;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;

/** A proxy in another process. Thread-safe. */
final class ProxyChild implements DelayProxy {
  static final String READY = "listens at ";

  private final Child child;
  private final SocketAddress address;
  private int lines;

  ProxyChild(Path directory, List<String> launcher, SocketAddress listen, SocketAddress target)
      throws IOException, InterruptedException {
    this.child =
        Child.java(
            directory,
            launcher,
            List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"),
            ProxyMain.class,
            Places.word(listen),
            Places.word(target));
    boolean done = false;
    try {
      child.awaitWord(" .\n");
      this.address = Places.parse(between(child.said(), READY, " .\n"));
      done = true;
    } finally {
      if (!done) {
        child.close();
      }
    }
  }

  private static String between(String text, String before, String after) {
    int from = text.indexOf(before) + before.length();
    return text.substring(from, text.indexOf(after, from));
  }

  private synchronized String tell(String words) {
    int line = ++lines;
    try {
      child.tell(line + " " + words);
      child.awaitWord("done " + line + " .\n");
      return between(child.said(), "answer " + line + " ", "\n");
    } catch (IOException e) {
      throw new AssertionError("a proxy is told " + words, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("a proxy is told " + words, e);
    }
  }

  @Override
  public SocketAddress address() {
    return address;
  }

  @Override
  public void delay(Duration oneWay) {
    tell("delay " + oneWay.toNanos());
  }

  @Override
  public void rate(long bitsPerSecond) {
    tell("rate " + bitsPerSecond);
  }

  @Override
  public void cut(Cut how) {
    tell("cut " + how.name());
  }

  @Override
  public void cut(Direction counted, List<PlannedCut> plan) {
    tell(
        plan.stream()
            .map(cut -> " " + cut.afterBytes() + ":" + cut.how().name())
            .collect(Collectors.joining("", "plan " + counted.name(), "")));
  }

  @Override
  public void refuse(boolean refused) {
    tell("refuse " + refused);
  }

  @Override
  public long passedBytes(Direction direction) {
    return Long.parseLong(tell("passed " + direction.name()));
  }

  @Override
  public int connections() {
    return Integer.parseInt(tell("connections"));
  }

  @Override
  public int cuts() {
    return Integer.parseInt(tell("cuts"));
  }

  /** Asks it to end as it should, which breaks its connections off; then kills it. */
  @Override
  public void close() throws IOException {
    try (child) {
      child.endInput();
      child.await(0);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("a proxy is closed");
    }
  }
}
