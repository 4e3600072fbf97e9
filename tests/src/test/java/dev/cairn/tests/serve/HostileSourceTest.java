package dev.cairn.tests.serve;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.tests.Child;
import dev.cairn.tests.Cli;
import dev.cairn.tools.Cairn;
import dev.cairn.transport.link.AnswerStream;
import dev.cairn.transport.link.FailureException;
import dev.cairn.transport.link.Link;
import dev.cairn.transport.wire.ErrorCode;
import dev.cairn.transport.wire.Message;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code cairn pull}, with little memory, from a source that lies. It ends with the exit code that
 * transport/PROTOCOL.md says; what is in the store stays as it was.
 */
@Timeout(300)
class HostileSourceTest {
  private static final int POINT = 3;
  private static final String LITTLE = "-Xmx64m";
  private static final long TIB = 1L << 40;

  /** transport/PROTOCOL.md, The state to come. */
  private static final long MOST_NEXT = 1L << 32;

  private final Path directory;
  private final Path store;
  private final TestServer there;

  HostileSourceTest(@TempDir Path directory) throws IOException {
    this.directory = directory;
    store = directory.resolve("here");
    there = new TestServer(Files.createDirectory(directory.resolve("there")), TestClock.hasty());
  }

  @BeforeEach
  void fill() throws IOException {
    there.fill("vm", POINT);
    Cli cairn = new Cli(store);
    cairn.run(0, "init");
    Path image = directory.resolve("image");
    Files.write(image, TestServer.MEMORY.at(7));
    cairn.run(0, "checkpoint", "own", "--from", "raw:" + image);
  }

  @AfterEach
  void close() throws IOException {
    there.close();
  }

  private Child pull(String from, String memory) throws IOException {
    return Child.java(
        directory,
        List.of(),
        List.of(memory, "-XX:+UseSerialGC"),
        Cairn.class,
        "--store",
        store.toString(),
        "pull",
        "vm@" + POINT,
        "--from",
        from,
        "--patience",
        "1s");
  }

  private String pull(int exit, LyingSource.Lie lie, String memory) throws Exception {
    try (LyingSource source = new LyingSource(there.tcp(), lie);
        Child pull = pull(source.endpoint().toString(), memory)) {
      String said = pull.await(exit);
      assertFalse(said.contains("OutOfMemoryError"), said);
      assertFalse(said.contains("Exception"), said);
      return said;
    }
  }

  /** What is here is whole, and nothing was added. */
  private void requireUnchanged(String what) throws IOException {
    assertEquals(List.of("own"), chains(), what);
    new Cli(store).run(0, "verify");
  }

  private List<String> chains() throws IOException {
    try (Stream<Path> all = Files.list(store.resolve("chains"))) {
      return all.map(p -> p.getFileName().toString()).sorted().toList();
    }
  }

  /** What came stays for the same pull to go on with; given up, nothing is left of it. */
  private void requireOnlyWhatCame(String what) throws IOException {
    Cli cairn = new Cli(store);
    cairn.run(0, "verify");
    cairn.run(0, "pull", "vm@" + POINT, "--abandon");
    requireUnchanged(what);
  }

  /** Changes the lines of a state to come, which then has the right checksum. */
  private static LyingSource.Lie ofState(UnaryOperator<List<String>> change) {
    return new LyingSource.Lie() {
      @Override
      public byte[] state(byte[] truth) {
        List<String> lines = new ArrayList<>(new String(truth, ISO_8859_1).lines().toList());
        lines.removeLast();
        String text = String.join("\n", change.apply(lines)) + "\n";
        CRC32C crc = new CRC32C();
        crc.update(text.getBytes(ISO_8859_1));
        String last = "crc " + HexFormat.of().toHexDigits((int) crc.getValue()) + "\n";
        return (text + last).getBytes(ISO_8859_1);
      }
    };
  }

  /** Changes a word of the first line that begins with another. */
  private static UnaryOperator<List<String>> word(String first, int number, String word) {
    return lines -> {
      for (int i = 0; i < lines.size(); i++) {
        String[] words = lines.get(i).split(" ", -1);
        if (words[0].equals(first)) {
          words[number] = word;
          lines.set(i, String.join(" ", words));
          return lines;
        }
      }
      throw new AssertionError(first + " in " + lines);
    };
  }

  private static UnaryOperator<List<String>> behind(String first, List<String> more) {
    return lines -> {
      int at = 0;
      for (int i = 0; i < lines.size(); i++) {
        at = lines.get(i).startsWith(first + " ") ? i + 1 : at;
      }
      lines.addAll(at, more);
      return lines;
    };
  }

  /**
   * One lie.
   *
   * @param says what the pull says of it
   */
  private record Lied(String says, int exit, UnaryOperator<List<String>> change) {}

  @Test
  void aStateThatLiesIsRefused() throws Exception {
    String digits = "0".repeat(31) + "7";
    for (Lied lied :
        List.of(
            new Lied("expected 'cairn-manifest'", 1, _ -> List.of("GET / HTTP/1.1")),
            new Lied("expected 'pin'", 1, word("tip", 0, "pin")),
            new Lied("a next checkpoint near", 1, word("next", 1, "" + (POINT + 1 + MOST_NEXT))),
            new Lied("a next checkpoint near", 1, word("next", 1, "" + Long.MAX_VALUE)),
            new Lied("ends at the tip", 1, word("tip", 2, digits)),
            new Lied("another chain", 11, word("chain", 1, digits)),
            new Lied("without holds and generation", 1, word("generation", 1, "7")),
            new Lied("expected at most", 1, word("file", 9, "" + 6 * TIB)),
            new Lied("expected at most", 1, word("file", 9, "" + Long.MAX_VALUE)),
            new Lied("the state to come: line", 1, word("file", 9, "-1")),
            new Lied("the state to come: line", 1, word("file", 4, "../../../../tmp/x")),
            new Lied("the state to come: line", 1, word("file", 5, "/etc/passwd")),
            new Lied("the state to come: line", 1, word("file", 2, "/etc/passwd")),
            new Lied(
                "without holds and generation",
                1,
                behind("file", List.of("hold t 0 3 2026-01-01T00:00:00Z somebody"))),
            new Lied(
                "the state to come: content",
                1,
                lines ->
                    behind("file", lines.stream().filter(l -> l.startsWith("file")).toList())
                        .apply(lines)),
            new Lied("X-way", 6, behind("file", List.of("X-way ../../tmp/x"))))) {
      String said = pull(lied.exit(), ofState(lied.change()), LITTLE);
      assertTrue(said.contains(lied.says()), () -> lied.says() + ": " + said);
      requireUnchanged(lied.says());
    }
  }

  @Test
  void aStateAsLargeAsOneMayBeIsReadAndRefused() throws Exception {
    byte[] large = new byte[Message.MOST_STATE];
    Arrays.fill(large, (byte) 'x');
    LyingSource.Lie lie =
        new LyingSource.Lie() {
          @Override
          public byte[] state(byte[] truth) {
            return large;
          }
        };
    pull(1, lie, "-Xmx512m"); // half of what the launcher gives
    requireUnchanged("64 MiB");
  }

  @Test
  void anAnswerWithoutEndEndsTheLink() throws Exception {
    LyingSource.Lie lie =
        new LyingSource.Lie() {
          @Override
          public void opened(Link link, int request, Message.Opened truth, byte[] state)
              throws IOException {
            AnswerStream answer = link.answerStream(request, truth);
            MemorySegment zeros = MemorySegment.ofArray(new byte[64 << 10]);
            while (true) {
              answer.write(zeros); // until the link is lost
            }
          }
        };
    pull(1, lie, LITTLE);
    requireUnchanged("without end");
  }

  /** Blocks are long here, and all else is short. */
  private static boolean isBlock(int length) {
    return length > 100_000;
  }

  private static LyingSource.Lie wrong(boolean blocks, List<Long> asked) {
    return new LyingSource.Lie() {
      @Override
      public void data(Link link, int request, LyingSource.Asked of, byte[] truth)
          throws IOException {
        boolean ends = of.length() == 64 || of.length() == 128; // footer and header
        if (isBlock(of.length()) == blocks && !ends) {
          synchronized (asked) {
            asked.add(of.offset());
          }
          truth[truth.length / 2] ^= 1;
        }
        link.answerData(request, MemorySegment.ofArray(truth));
      }
    };
  }

  @Test
  void aBlockThatIsWrongThreeTimesEndsThePull() throws Exception {
    List<Long> asked = new ArrayList<>();
    pull(4, wrong(true, asked), LITTLE);
    assertTrue(asked.size() >= 3, asked::toString);
    requireOnlyWhatCame("wrong blocks");
  }

  @Test
  void metadataThatAreWrongThreeTimesEndThePull() throws Exception {
    List<Long> asked = new ArrayList<>();
    pull(4, wrong(false, asked), LITTLE);
    assertTrue(asked.size() >= 3, asked::toString);
    requireOnlyWhatCame("wrong metadata");
  }

  /**
   * Metadata of as many bytes as a file may have: neither memory nor the disk is filled by them.
   */
  @Test
  void metadataWithoutEndAreNotFetched() throws Exception {
    long length = 5 * TIB;
    AtomicLong sent = new AtomicLong();
    LyingSource.Lie state = ofState(word("file", 9, "" + length));
    LyingSource.Lie lie =
        new LyingSource.Lie() {
          private volatile long first;

          @Override
          public byte[] state(byte[] truth) {
            String line =
                new String(truth, ISO_8859_1)
                    .lines()
                    .filter(l -> l.startsWith("file"))
                    .findFirst()
                    .orElseThrow();
            first = Long.parseUnsignedLong(line.split(" ", -1)[4], 16);
            return state.state(truth);
          }

          @Override
          public boolean fetches(long file, long offset, int bytes) {
            return file != first || offset == 0;
          }

          @Override
          public void data(Link link, int request, LyingSource.Asked of, byte[] truth)
              throws IOException {
            byte[] bytes = truth;
            if (of.file() == first && of.offset() == length - 64) {
              bytes = footer(first, length);
            } else if (truth.length == 0) {
              bytes = new byte[of.length()];
              sent.addAndGet(of.length());
            }
            link.answerData(request, MemorySegment.ofArray(bytes));
          }
        };
    String said = pull(1, lie, LITTLE);
    assertTrue(said.contains("metadata that there is room for"), said);
    assertEquals(0, sent.get(), "bytes of them that were fetched");
    requireOnlyWhatCame("metadata without end");
  }

  /** store/FORMAT.md, Footer: all of the file but its header would be metadata. */
  private static byte[] footer(long file, long length) {
    ByteBuffer footer = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);
    footer.putLong(128).putLong(length - 64).putInt(0).putInt(0);
    footer.putLong(length).putLong(file).putInt(1).putInt(0).putInt(0);
    CRC32C crc = new CRC32C();
    crc.update(footer.array(), 0, 52);
    footer.putInt((int) crc.getValue()).putLong(Long.reverseBytes(0x0a0d4e5249414389L));
    return footer.array();
  }

  @Test
  void moreBytesThanAskedForEndThePull() throws Exception {
    LyingSource.Lie lie =
        new LyingSource.Lie() {
          @Override
          public void data(Link link, int request, LyingSource.Asked of, byte[] truth)
              throws IOException {
            byte[] more = Arrays.copyOf(truth, truth.length + 1);
            link.answerData(request, MemorySegment.ofArray(more));
          }
        };
    String said = pull(1, lie, LITTLE);
    assertTrue(said.contains("expected a stream of"), said);
    requireOnlyWhatCame("more bytes");
  }

  @Test
  void whatIsRefusedThreeTimesEndsThePull() throws Exception {
    LyingSource.Lie lie =
        new LyingSource.Lie() {
          @Override
          public void data(Link link, int request, LyingSource.Asked of, byte[] truth)
              throws IOException {
            throw FailureException.of(ErrorCode.CANNOT_BE, "so it says");
          }
        };
    String said = pull(1, lie, LITTLE);
    assertTrue(said.contains("so it says"), said);
    requireOnlyWhatCame("refusals");
  }

  @Test
  void whoNeverAnswersIsNotWaitedForWithoutEnd() throws Exception {
    LyingSource.Lie noLook =
        new LyingSource.Lie() {
          @Override
          public void seen(Link link, int request, Message.Seen truth) {}
        };
    LyingSource.Lie noOpen =
        new LyingSource.Lie() {
          @Override
          public void opened(Link link, int request, Message.Opened truth, byte[] state) {}
        };
    List<Socket> held = new ArrayList<>();
    try (ServerSocket silent = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
        LyingSource first = new LyingSource(there.tcp(), noLook);
        LyingSource second = new LyingSource(there.tcp(), noOpen);
        Child ofSilent = pull("tcp:127.0.0.1:" + silent.getLocalPort(), LITTLE);
        Child ofFirst = pull(first.endpoint().toString(), LITTLE);
        Child ofSecond = pull(second.endpoint().toString(), LITTLE)) {
      Thread.ofVirtual().start(() -> accept(silent, held));
      for (Child each : List.of(ofSilent, ofFirst, ofSecond)) {
        each.await(1);
      }
    } finally {
      synchronized (held) {
        for (Socket each : held) {
          each.close();
        }
      }
    }
    requireUnchanged("no answer");
  }

  private static void accept(ServerSocket server, List<Socket> held) {
    try {
      while (true) {
        Socket socket = server.accept();
        synchronized (held) {
          held.add(socket);
        }
      }
    } catch (IOException e) {
      // The end of the test.
    }
  }
}
