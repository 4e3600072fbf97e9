package dev.cairn.tests.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.tests.Child;
import dev.cairn.tests.Cli;
import dev.cairn.tests.NumberedMemory;
import dev.cairn.tests.Settings;
import dev.cairn.tests.hosts.Cut;
import dev.cairn.tests.hosts.DelayProxy;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Server, puller and reader are processes of their own, and are killed and cut off at random
 * moments in the middle of a postcopy, while the source merges and forgets.
 */
@Timeout(600)
class PullKillTest {
  private static final int LAST = 11;
  private static final int BLOWS = 24;
  private static final NumberedMemory MEMORY = new NumberedMemory(16384);

  private final Path directory;
  private final Cli there;
  private final Cli here;
  private final Random random = new Random(Settings.seed());
  private final DelayProxy proxy;
  private Child server;
  private Child puller;
  private int serversKilled;
  private int pullersKilled;

  PullKillTest(@TempDir Path directory) throws IOException, InterruptedException {
    this.directory = directory;
    there = new Cli(directory.resolve("there"));
    here = new Cli(directory.resolve("here"));
    there.run(0, "init");
    here.run(0, "init");
    Path image = directory.resolve("image");
    for (int i = 0; i <= LAST; i++) {
      Files.write(image, MEMORY.at(i));
      there.run(0, "checkpoint", "vm", "--from", "raw:" + image);
    }
    Path socket = directory.resolve("there/run/serve.sock");
    server = serve();
    proxy =
        DelayProxy.start(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            UnixDomainSocketAddress.of(socket));
    puller = pull();
  }

  @AfterEach
  void close() throws IOException {
    puller.close();
    server.close();
    proxy.close();
  }

  private Child serve() throws IOException, InterruptedException {
    Child child = Child.cairn(directory, "--store", directory.resolve("there").toString(), "serve");
    child.awaitWord("listening");
    return child;
  }

  private Child pull() throws IOException {
    return Child.cairn(
        directory,
        "--store",
        directory.resolve("here").toString(),
        "pull",
        "vm@" + LAST,
        "--from=tcp:127.0.0.1:" + ((InetSocketAddress) proxy.address()).getPort(),
        "--postcopy",
        "--buffer=1M",
        "--limit-rate=4M");
  }

  @Test
  void whoeverIsKilledAllComesAndNoByteIsWrong() throws IOException, InterruptedException {
    puller.awaitWord("can be read");
    Path restored = directory.resolve("restored");
    try (Child reader =
        Child.cairn(
            directory,
            "--store",
            directory.resolve("here").toString(),
            "restore",
            "vm@" + LAST,
            "--to=raw:" + restored)) {
      reader.awaitWord("from the pull that is under way");
      int blows = 0;
      while (blows < BLOWS && !reader.hasEndedWithin(200_000L + random.nextInt(500_000))) {
        strike(blows++);
      }
      puller.await(0);
      reader.await(0);
      System.out.printf(
          "%d blows, %d servers and %d pullers killed, %d cuts%n",
          blows, serversKilled, pullersKilled, proxy.cuts());
      assertTrue(blows >= 20, "it was over after " + blows + " blows");
    }
    MEMORY.check(LAST, Files.readAllBytes(restored), "restored while it came");
    here.run(0, "verify");
    Path after = directory.resolve("after");
    here.run(0, "restore", "vm@" + LAST, "--to", "raw:" + after);
    assertEquals(-1, Files.mismatch(restored, after));
  }

  private void strike(int blow) throws IOException, InterruptedException {
    switch (blow) {
      case 5, 15 -> there.run(0, "compact", "vm");
      case 10 -> there.run(0, "forget", "vm", "--keep-last", "1");
      default -> {}
    }
    switch (random.nextInt(6)) {
      case 0 -> {
        server.kill();
        serversKilled++;
        server = serve();
      }
      case 1 -> {
        if (!puller.hasEndedWithin(0)) {
          puller.kill();
          pullersKilled++;
          puller = pull();
        }
      }
      default -> proxy.cut(random.nextBoolean() ? Cut.RESET : Cut.END);
    }
  }
}
